#!/usr/bin/env bash
# catchup: how fast a topic is read into a sink that costs nothing, against a program that only reads. The mark: 0.85 of it.
# Both count from their first record to their last, with the same clock.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"
# shellcheck source=bench/reading.sh
source "$bench/reading.sh"

needs "$reprise" "$bin/bare_consumer" "$bin/field_http" "$BENCH_PLUGIN_DIR/sink-null.so"
use_filled_topic
export BENCH_PER_SECOND=0 BENCH_COUNT=$records BENCH_REPORT=$run/report
describe "$records records of 1 KiB, snappy, 4 partitions, into a sink that does nothing"
printf '%-6s %12s %12s %8s %12s %12s %8s\n' round records/s us/record MB bare/s us/record ratio
for ((round = 1; round <= rounds; ++round)); do
  bare=$("${on_worker_cpu[@]}" "$bin/bare_consumer" "$KAFKA_BOOTSTRAP" "$REPRISE_TOPIC" "$records")
  read_with_worker
  awk -v n="$round" -v rss="$rss" -v r="$(value records "$line")" -v s="$(value seconds "$line")" -v c="$(value cpu_seconds "$line")" \
    -v br="$(value records "$bare")" -v bs="$(value seconds "$bare")" -v bc="$(value cpu_seconds "$bare")" \
    'BEGIN { print r / s, c / r * 1e6, rss, br / bs, bc / br * 1e6, (r / s) / (br / bs) }' >>"$run/rounds"
  tail -n 1 "$run/rounds" | awk -v n="$round" '{ printf "%-6s %12.0f %12.3f %8.1f %12.0f %12.3f %8.3f\n", n, $1, $2, $3, $4, $5, $6 }'
done
echo
summarize "$run/rounds" 1 "records/s"; rate=$median
summarize "$run/rounds" 4 "bare consumer, records/s"; base_rate=$median
summarize "$run/rounds" 6 "ratio"; ratio=$median
summarize "$run/rounds" 2 "CPU us/record"; cpu=$median
summarize "$run/rounds" 5 "bare consumer, CPU us/record"; base_cpu=$median
summarize "$run/rounds" 3 "resident MB"; rss=$median
verdict "$ratio >= 0.85"
echo "mark: at least 0.85 of the bare consumer: $mark"
printf 'bench=%s ratio=%.2f baseline=bare_consumer cpu_us=%.2f baseline_cpu_us=%.2f rss_mb=%.0f rate=%.0f baseline_rate=%.0f mark=%s\n' \
  "$case_name" "$ratio" "$cpu" "$base_cpu" "$rss" "$rate" "$base_rate" "$mark"
exit "$status"
