# Part of the benchmarks: catch-up delivery to one URL against wrk on the same receiver. Sourced by deliver and deliver-plain.
#   measure_delivery CONFIG CPU_ALLOWANCE: rounds of wrk, worker, wrk ...; the mark is wrk's CPU plus so many microseconds.
# shellcheck shell=bash

voids_allowed=5
max_drift=0.15     # a round whose two neighbours differ by more says nothing
rate_mark=0.60

# deliver_once CONFIG: sets rate (deliveries a second), cpu (microseconds each) and rss (MB) of a running worker.
deliver_once() {
  local before requests ticks from to left=600
  before=$(nginx_requests)
  start_worker "$configs/worker.yaml" "$1"
  until (($(nginx_requests) > before + 5000)); do
    ((left-- > 0)) || die "nothing is delivered"
    sleep 0.05
  done
  if ! $short; then sleep 1; fi
  from=$EPOCHREALTIME requests=$(nginx_requests) ticks=$(cpu_ticks "$worker")
  sleep "$seconds"
  to=$EPOCHREALTIME requests=$(($(nginx_requests) - requests)) ticks=$(($(cpu_ticks "$worker") - ticks))
  rss=$(rss_mb "$worker")
  (($(nginx_requests) - before < records)) || die "the topic came to its end within the round; it needs more records"
  check_accounts
  kill_worker
  rate=$(calc "$requests / ($to - $from)")
  cpu=$(calc "$ticks * 1e6 / $(getconf CLK_TCK) / $requests")
}

# measure_rounds CONFIG: fills $run/rounds with rate, cpu, rss, wrk's rate and cpu, both ratios, and wrk against itself.
measure_rounds() {
  local done_rounds=0 voids=0 last_rate last_cpu drift
  run_wrk
  printf '%-6s %12s %12s %8s %12s %12s %8s %8s\n' round events/s us/event MB wrk/s us/request ratio wrk:wrk
  while ((done_rounds < rounds)); do
    last_rate=$wrk_rate last_cpu=$wrk_cpu
    deliver_once "$1"
    run_wrk
    drift=$(calc "$wrk_cpu / $last_cpu - 1")
    if ! $short && is_true "$drift > $max_drift || $drift < -$max_drift"; then
      printf 'void   wrk took %s and then %s us\n' "$last_cpu" "$wrk_cpu"
      ((++voids <= voids_allowed)) || die "the machine is too noisy to measure: $voids rounds were void"
      continue
    fi
    done_rounds=$((done_rounds + 1))
    awk -v rate="$rate" -v cpu="$cpu" -v rss="$rss" -v r1="$last_rate" -v r2="$wrk_rate" -v c1="$last_cpu" -v c2="$wrk_cpu" 'BEGIN {
      base = (r1 + r2) / 2; base_cpu = (c1 + c2) / 2
      print rate, cpu, rss, base, base_cpu, rate / base, cpu - base_cpu, r2 / r1 }' >>"$run/rounds"
    tail -n 1 "$run/rounds" | awk -v n="$done_rounds" '{ printf "%-6s %12.0f %12.2f %8.1f %12.0f %12.2f %8.3f %8.3f\n", n, $1, $2, $3, $4, $5, $6, $8 }'
  done
}

measure_delivery() {
  local cpu base_cpu rate base_rate ratio more rss self
  needs "$reprise" "$bin/field_http" "$REPRISE_PLUGIN_DIR/sink-webhook.so"
  use_filled_topic
  launch_nginx
  describe "$3"
  measure_rounds "$1"
  echo
  summarize "$run/rounds" 1 "events/s"; rate=$median
  summarize "$run/rounds" 4 "wrk, requests/s"; base_rate=$median
  summarize "$run/rounds" 6 "ratio"; ratio=$median
  summarize "$run/rounds" 2 "CPU us/event"; cpu=$median
  summarize "$run/rounds" 5 "wrk, CPU us/request"; base_cpu=$median
  summarize "$run/rounds" 7 "CPU us more than wrk"; more=$median
  summarize "$run/rounds" 8 "wrk against itself"; self=$median
  summarize "$run/rounds" 3 "resident MB"; rss=$median
  if is_true "$self < 0.95 || $self > 1.05"; then echo "wrk against itself should be 1.00 +- 0.05: the machine was not quiet, measure again"; fi
  verdict "$more <= $2" "$ratio >= $rate_mark"
  echo "marks: at most $2 us more than wrk, at least $rate_mark of its rate: $mark"
  printf 'bench=%s ratio=%.2f baseline=wrk cpu_us=%.1f baseline_cpu_us=%.1f rss_mb=%.0f rate=%.0f baseline_rate=%.0f more_us=%.1f aa=%.2f mark=%s\n' \
    "$case_name" "$ratio" "$cpu" "$base_cpu" "$rss" "$rate" "$base_rate" "$more" "$self" "$mark"
}
