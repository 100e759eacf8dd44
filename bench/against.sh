#!/usr/bin/env bash
# Compares two commits: bench/against.sh CASE, with the older one's tree in BENCH_OLD. Each round runs old, new and old again, on
# the same cores, topic and receiver. What old differs from old is what the machine cannot tell apart, so worse means: the median
# CPU (or time to start) is more than that above the old median, and more than 3 %.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
compared=${1:?names the case}
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"
# shellcheck source=bench/delivery.sh
source "$bench/delivery.sh"
# shellcheck source=bench/quickstart.sh
source "$bench/quickstart.sh"
# shellcheck source=bench/reading.sh
source "$bench/reading.sh"

old=${BENCH_OLD:?names the tree of the older commit, built}
case_name=$compared-against
new_build=$build least_noise=0.03

# use old|new: the worker, its plugins and its configuration; generator, receiver and checker are always the new ones.
use() {
  local side=$new_build tree=$root
  if [[ $1 == old ]]; then side=$old/build/release tree=$old; fi
  reprise=$side/bin/reprise configs=$tree/bench quickstart=$tree/configs/quickstart
  export REPRISE_PLUGIN_DIR=$side/plugins BENCH_PLUGIN_DIR=$side/bench/plugins
  needs "$reprise"
}

# measure old|new: sets figure, what is compared: lower is better.
measure() {
  use "$1"
  case $compared in
    deliver | deliver-plain) deliver_once "$configs/cases/$compared.yaml"; figure=$cpu ;;
    catchup)
      read_with_worker
      figure=$(calc "$(value cpu_seconds "$line") / $(value records "$line") * 1e6")
      ;;
    start)
      use_state "$1"
      start_once
      figure=$start_ms
      ;;
  esac
}

# use_state old|new: each side goes on from a checkpoint of its own, and on a topic of its own.
use_state() {
  export REPRISE_STATE_DIR=$run/state-$1 REPRISE_TOPIC=$topic_base.$1
  generate=("$bin/field_generator" --bootstrap "$KAFKA_BOOTSTRAP" --topic "$REPRISE_TOPIC" --codec snappy)
  config=("$quickstart/reprise.yaml" "$run/webhooks.yaml")
}

prepare() {
  case $compared in
    deliver | deliver-plain) use_filled_topic; launch_nginx; unit="us/event" ;;
    catchup)
      use_filled_topic
      export BENCH_PER_SECOND=0 BENCH_COUNT=$records BENCH_REPORT=$run/report
      unit="us/event"
      ;;
    start)
      unit=ms topic_base=$REPRISE_TOPIC
      launch_customers
      local side
      for side in old new; do
        use "$side"
        use_state "$side"
        add_events 5000 --partitions 4
        launch_pinned_worker "${config[@]}"
        await_worker || die "the worker does not answer"
        await_caught_up
        stop_worker
      done
      ;;
    *) die "\"$compared\" cannot be compared (known: deliver, deliver-plain, catchup, start)" ;;
  esac
}

use new
prepare
describe "$compared, this commit against $(basename "$old")"
printf '%-6s %12s %12s %12s %9s %9s\n' round "old $unit" "new $unit" "old $unit" new/old old/old
for ((round = 1; round <= rounds; ++round)); do
  measure old; first=$figure
  measure new; between=$figure
  measure old; last=$figure
  awk -v a="$first" -v n="$between" -v b="$last" 'BEGIN { print a, n, b, n / ((a + b) / 2), b / a }' >>"$run/rounds"
  tail -n 1 "$run/rounds" | awk -v n="$round" '{ printf "%-6s %12.3f %12.3f %12.3f %9.3f %9.3f\n", n, $1, $2, $3, $4, $5 }'
done
echo
awk '{ print $1; print $3 }' "$run/rounds" >"$run/olds"
summarize "$run/olds" 1 "old, $unit"; old_median=$median
summarize "$run/rounds" 2 "new, $unit"; new_median=$median
summarize "$run/rounds" 5 "old against itself (A/A)"
noise=$(awk -v least="$least_noise" '{ d = $5 > 1 ? $5 - 1 : 1 - $5; if (d > most) most = d } END { print most > least ? most : least }' "$run/rounds")
ratio=$(calc "$new_median / $old_median")
verdict "$ratio <= 1 + $noise"
echo "mark: not more than $(calc "$noise * 100") % above the old median: $(calc "($ratio - 1) * 100") %: $mark"
printf 'bench=%s ratio=%.3f noise=%.3f new=%.3f old=%.3f unit=%s mark=%s\n' "$case_name" "$ratio" "$noise" "$new_median" "$old_median" "$unit" "$mark"
exit "$status"
