#!/usr/bin/env bash
# deliver-plain: catch-up of 1 KiB records to one URL, nothing else. The mark: wrk's CPU and 2 us.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"
# shellcheck source=bench/delivery.sh
source "$bench/delivery.sh"

measure_delivery "$bench/cases/deliver-plain.yaml" 2 "snappy catch-up of 1 KiB records, neither signed nor deduplicated, $connections connections"
exit "$status"
