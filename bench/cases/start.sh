#!/usr/bin/env bash
# start: how long from exec to the first POST, for the quickstart's configuration with a checkpoint and records waiting.
# Beside it the time of a bare consumer's first record: connecting to Kafka and the first fetch are in both. The mark: 150 ms.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"
# shellcheck source=bench/quickstart.sh
source "$bench/quickstart.sh"

bare_once() { # sets bare_ms
  local launched=$EPOCHREALTIME
  bare_ms=$(awk -v first="$(value first_wall_ms "$("${on_worker_cpu[@]}" "$bin/bare_consumer" "$KAFKA_BOOTSTRAP" "$REPRISE_TOPIC" 1000)")" -v t="$launched" \
    'BEGIN { printf "%.1f", first - t * 1000 }')
}

needs "$reprise" "$bin/bare_consumer" "$bin/field_generator" "$bin/field_receiver" "$bin/field_http"
launch_customers
add_events 5000 --partitions 4
describe "exec to first POST, $webhooks webhooks, configs/quickstart, with a checkpoint, 500 records waiting"
launch_pinned_worker "${config[@]}"
await_worker || die "the worker does not answer"
await_caught_up
stop_worker
printf '%-6s %12s %12s\n' round "start ms" "bare ms"
for ((round = 1; round <= rounds; ++round)); do
  bare_once
  start_once
  echo "$start_ms $bare_ms" >>"$run/rounds"
  printf '%-6s %12s %12s\n' "$round" "$start_ms" "$bare_ms"
done
echo
summarize "$run/rounds" 1 "ms from exec to first POST"; ms=$median
summarize "$run/rounds" 2 "bare consumer, ms to first record"; base_ms=$median
verdict "$ms <= 150"
echo "mark: at most 150 ms: $mark"
printf 'bench=%s start_ms=%.0f baseline=bare_consumer baseline_ms=%.0f mark=%s\n' "$case_name" "$ms" "$base_ms" "$mark"
exit "$status"
