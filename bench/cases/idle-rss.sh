#!/usr/bin/env bash
# idle-rss: the memory of a worker that has caught up, for the quickstart's configuration. The mark: 40 MB after 60 s.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"
# shellcheck source=bench/quickstart.sh
source "$bench/quickstart.sh"

# measure "WHEN": a line of the table
measure() {
  awk -v when="$1" '/^Rss:/ { rss = $2 } /^Pss_Anon:/ { anon = $2 } /^Private_Dirty:/ { dirty = $2 } END {
    printf "%-14s %10.1f %10.1f %10.1f\n", when, rss / 1024, anon / 1024, dirty / 1024 }' "/proc/$worker/smaps_rollup"
}

events=50000 wait=60
if $short; then events=5000 wait=3; fi
needs "$reprise" "$bin/field_generator" "$bin/field_receiver" "$bin/field_http"
launch_customers
add_events "$events" --partitions 4
describe "configs/quickstart, $webhooks webhooks, $events events delivered, then $wait s without any"
launch_pinned_worker "${config[@]}"
await_worker || die "the worker does not answer"
printf '%-14s %10s %10s %10s\n' MB resident anonymous dirty
measure "at start"
await_caught_up
measure "caught up"
ticks=$(cpu_ticks "$worker")
sleep "$wait"
ticks=$(($(cpu_ticks "$worker") - ticks))
measure "after $wait s"
check_accounts
rss=$(rss_mb "$worker")
cpu=$(calc "$ticks * 1000 / $(getconf CLK_TCK) / $wait")
stop_worker
verdict "$rss <= 40"
echo "idle CPU: $cpu ms a second"
echo "mark: at most 40 MB: $mark"
printf 'bench=%s rss_mb=%.1f cpu_ms_per_s=%.1f mark=%s\n' "$case_name" "$rss" "$cpu" "$mark"
exit "$status"
