#!/usr/bin/env bash
# slow-sink: a sink slower than the topic gets what it can take. librdkafka below 2.2.0 stops fetching for up to a second
# whenever its queue is full, which such a sink makes happen all the time. The mark: 0.95 of the sink's own limit.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"

limit=50000
needs "$reprise" "$bin/field_http" "$BENCH_PLUGIN_DIR/sink-null.so"
use_filled_topic
export BENCH_PER_SECOND=$limit BENCH_COUNT=$((limit * 8)) BENCH_REPORT=$run/report
if $short; then BENCH_COUNT=$((limit * 2)); fi
((BENCH_COUNT < records)) || die "the topic is too short"
describe "1 KiB records, snappy, 4 partitions, into a sink that takes $limit a second; $BENCH_COUNT records"
printf '%-6s %12s %12s %8s %8s\n' round records/s us/record MB ratio
for ((round = 1; round <= rounds; ++round)); do
  rm -f "$BENCH_REPORT"
  start_worker "$bench/worker.yaml" "$bench/cases/null.yaml"
  await_report $((BENCH_COUNT / limit * 60))
  rss=$(rss_mb "$worker")
  check_accounts
  kill_worker
  line=$(<"$BENCH_REPORT")
  awk -v rss="$rss" -v limit="$limit" -v r="$(value records "$line")" -v s="$(value seconds "$line")" -v c="$(value cpu_seconds "$line")" \
    'BEGIN { print r / s, c / r * 1e6, rss, r / s / limit }' >>"$run/rounds"
  tail -n 1 "$run/rounds" | awk -v n="$round" '{ printf "%-6s %12.0f %12.3f %8.1f %8.3f\n", n, $1, $2, $3, $4 }'
done
echo
summarize "$run/rounds" 1 "records/s"; rate=$median
summarize "$run/rounds" 4 "of the sink's limit"; ratio=$median
summarize "$run/rounds" 2 "CPU us/record"; cpu=$median
summarize "$run/rounds" 3 "resident MB"; rss=$median
verdict "$ratio >= 0.95"
echo "mark: at least 0.95 of the sink's limit: $mark"
printf 'bench=%s ratio=%.3f baseline=limit cpu_us=%.2f rss_mb=%.0f rate=%.0f baseline_rate=%d mark=%s\n' \
  "$case_name" "$ratio" "$cpu" "$rss" "$rate" "$limit" "$mark"
exit "$status"
