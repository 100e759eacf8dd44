#!/usr/bin/env bash
# neighbours: what customers who are down cost those who are not. 50,000 webhooks: a third of 500 refuses, a third takes the
# connection and never answers, a third answers 500; 100 answer 429 with Retry-After 3600, 100 answer 200 after 9.9 s. Good records
# come, open loop, at half of the rate that the good ones reach alone, for three times as long as the bad ones need to fill their
# share. All limits are the defaults. Against: the same without the bad ones' records, before and after (A/A).
# Marks: the good ones' rate is 0.98 of what comes, their p99 at most 1.1 times that without, or as far as A/A differs.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"

good=49300 down=500 throttled=100 slow=100   # of the webhooks, in this order
alone_records=150000
phase=60           # seconds of each phase at least
warm=5             # of them are not judged
if $short; then good=1000 down=30 throttled=10 slow=10 alone_records=20000 phase=10 warm=2; fi
bad=$((down + throttled + slow))
webhooks=$((good + bad))
topic_base=$REPRISE_TOPIC
export BENCH_ROWS=$run/rows.jsonl

launch_customers() {
  local first=$((good + 1)) id
  write_secrets "$webhooks"
  "${on_server_cpu[@]}" "$bin/field_receiver" --ledger "$run/ledger" --secrets "$run/secrets" --port-file "$run/port" >"$run/receiver.log" 2>&1 &
  pids+=($!)
  local left=100
  until [[ -s $run/port ]]; do
    ((left-- > 0)) || die "the receiver does not start: $(tail -n 1 "$run/receiver.log")"
    sleep 0.05
  done
  receiver=127.0.0.1:$(<"$run/port")
  # Nobody listens at port 1025 of loopback: it refuses.
  (
    umask 077
    awk -F = -v receiver="$receiver" -v first="$first" -v down="$down" '{
      refuses = $1 >= first && $1 < first + down && ($1 - first) % 3 == 0
      sub(/^[^=]*=/, "")
      printf "{\"id\": \"%d\", \"url\": \"http://%s/hooks/%d\", \"secret\": \"%s\"}\n", NR, refuses ? "127.0.0.1:1025" : receiver, NR, $0 }' \
      "$run/secrets" >"$BENCH_ROWS"
  )
  for ((id = first; id < first + down; ++id)); do
    case $(((id - first) % 3)) in
      1) behave "$id" "hang" ;;
      2) behave "$id" "status 500" ;;
    esac
  done
  for ((; id < first + down + throttled; ++id)); do behave "$id" "status 429 retry-after=3600"; done
  for ((; id <= webhooks; ++id)); do behave "$id" "slow 9900"; done
}

# use_topic NAME: one for each phase, so that nothing of the one before waits in it.
use_topic() {
  export REPRISE_TOPIC=$topic_base.$1
  generate=("$bin/field_generator" --bootstrap "$KAFKA_BOOTSTRAP" --topic "$REPRISE_TOPIC" --codec snappy)
}

delivered() { receiver_stat delivered; }

# measure_alone: sets alone_rate, the good ones' records a second when all that they get is there already.
measure_alone() {
  local before from to first
  use_topic alone
  "${generate[@]}" --bulk --partitions 4 --events "$alone_records" --webhooks "$good" --zipf 0 >"$run/generator.log" 2>&1 || die "$(tail -n 1 "$run/generator.log")"
  before=$(delivered)
  start_worker "$bench/worker.yaml" "$bench/cases/neighbours.yaml"
  local left=1200
  until (($(delivered) > before + alone_records / 10)); do
    ((left-- > 0)) || die "nothing is delivered"
    sleep 0.05
  done
  from=$EPOCHREALTIME first=$(delivered)
  left=2400
  until (($(delivered) >= before + alone_records * 9 / 10)); do
    ((left-- > 0)) || die "the good ones alone do not get everything"
    sleep 0.05
  done
  to=$EPOCHREALTIME
  alone_rate=$(calc "($(delivered) - $first) / ($to - $from)")
  check_accounts
  kill_worker
}

# held: records that wait for a retry or behind one.
held() { metric reprise_held_records; }

dead_lettered() { control GET /metrics | awk '/^reprise_records_total{.*outcome="dead_lettered"/ { sum += $NF } END { print sum + 0 }'; }

# await_full: until dead letters say that what the bad ones may hold is full. Sets full_after, in seconds.
await_full() {
  local from=$EPOCHREALTIME
  until (($(dead_lettered) > 0)); do
    is_true "$EPOCHREALTIME - $from < 600" || die "the bad ones do not fill their share within 600 s: $(held) records are held"
    sleep 1
  done
  full_after=$(calc "$EPOCHREALTIME - $from")
}

# run_phase NAME [bad]: sets ratio (of the good ones' records that were delivered while they came), p50 and p99 (ms), rss (MB), held_at_end.
run_phase() {
  local name=$1 generators=() from_ms to_ms lines seconds=$phase
  full_after=0
  use_topic "$name"
  "${generate[@]}" --partitions 4 --create-only >"$run/generator.log" 2>&1 || die "$(tail -n 1 "$run/generator.log")"
  lines=$(wc -l <"$run/ledger")
  start_worker "$bench/worker.yaml" "$bench/cases/neighbours.yaml"
  from_ms=$((10#${EPOCHREALTIME/./} / 1000 + warm * 1000))
  "${on_server_cpu[@]}" "${generate[@]}" --no-create --events 1000000000 --webhooks "$good" --zipf 0 --rate "$half" --truth "$run/truth" >"$run/generator.log" 2>&1 &
  generators+=($!)
  pids+=($!)
  if [[ ${2:-} == bad ]]; then
    "${on_server_cpu[@]}" "${generate[@]}" --no-create --events 1000000000 --first-webhook $((good + 1)) --webhooks "$bad" --in-turn \
      --rate "$bad_rate" --start-id 1000000001 --seed 2 >"$run/generator.bad.log" 2>&1 &
    generators+=($!)
    pids+=($!)
    await_full
    seconds=$(calc "($full_after * 2 > $phase ? $full_after * 2 : $phase)") # full_after of them have passed
  fi
  sleep "$seconds"
  to_ms=$((10#${EPOCHREALTIME/./} / 1000))
  rss=$(rss_mb "$worker")
  held_at_end=$(held)
  kill -TERM "${generators[@]}"
  local pid
  for pid in "${generators[@]}"; do reap "$pid" || die "a generator failed: $(tail -n 1 "$run/generator.log")"; done
  check_accounts
  kill_worker
  judged=$(calc "($to_ms - $from_ms) / 1000")
  # What was produced within the time and had come to the receiver by its end, and how long that took.
  tail -n "+$((lines + 1))" "$run/ledger" | awk -F '\t' -v from="$from_ms" -v to="$to_ms" -v out="$run/latencies" '
    NR == FNR { if ($1 !~ /^#/ && $3 >= from && $3 < to - 1000) { sent[$1] = $3; ++offered } next }
    $12 >= 200 && $12 < 300 && $1 < to && ($4 in sent) { print $1 - sent[$4] >out; delete sent[$4]; ++came }
    END { printf "%d %d\n", offered, came }' "$run/truth" - >"$run/counts"
  read -r offered came <"$run/counts"
  ((offered > 0 && came > 0)) || die "nothing was delivered in phase $name"
  ratio=$(calc "$came / $offered")
  sort -g -o "$run/latencies" "$run/latencies"
  p50=$(awk -v n="$came" 'NR >= n * 0.50 { print; exit }' "$run/latencies")
  p99=$(awk -v n="$came" 'NR >= n * 0.99 { print; exit }' "$run/latencies")
  printf '%-8s %8.0f %10d %10d %8.4f %8.0f %8.0f %8.1f %10.0f %10.0f\n' "$name" "$judged" "$offered" "$came" "$ratio" "$p50" "$p99" "$rss" "$held_at_end" "$full_after"
}

needs "$reprise" "$bin/field_generator" "$bin/field_receiver" "$bin/field_http" "$REPRISE_PLUGIN_DIR/sink-webhook.so"
launch_customers
describe "$webhooks webhooks, $down of them down, $throttled throttle, $slow answer after 9.9 s; 1 KiB records"
measure_alone
half=$(calc "$alone_rate / 2")
bad_rate=$(calc "$half * $bad / $good") # a webhook gets as much, whoever it is
if $short; then bad_rate=1000; fi
printf 'the good ones alone: %.0f records a second; open loop at %.0f, and %.0f for the bad ones\n\n' "$alone_rate" "$half" "$bad_rate"
printf '%-8s %8s %10s %10s %8s %8s %8s %8s %10s %10s\n' phase seconds offered delivered rate "p50 ms" "p99 ms" "rss MB" "held" "full after"
run_phase before;  first_p99=$p99
run_phase bad bad; bad_p99=$p99 bad_ratio=$ratio bad_rss=$rss
run_phase after;   last_p99=$p99
echo
base_p99=$(calc "($first_p99 + $last_p99) / 2")
apart=$(calc "($first_p99 > $last_p99 ? $first_p99 / $last_p99 : $last_p99 / $first_p99)")
p99_ratio=$(calc "$bad_p99 / $base_p99")
verdict "$bad_ratio >= 0.98" "$p99_ratio <= ($apart > 1.1 ? $apart : 1.1)"
printf 'p99: %.2f times that without bad ones; without against itself (A/A) %.2f\n' "$p99_ratio" "$apart"
echo "marks: rate at least 0.98, p99 at most 1.1 times or the range of A/A: $mark"
printf 'bench=%s rate=%.4f p99_ratio=%.2f aa=%.2f p99_ms=%.0f baseline_p99_ms=%.0f rss_mb=%.0f alone_rate=%.0f mark=%s\n' \
  "$case_name" "$bad_ratio" "$p99_ratio" "$apart" "$bad_p99" "$base_p99" "$bad_rss" "$alone_rate" "$mark"
exit "$status"
