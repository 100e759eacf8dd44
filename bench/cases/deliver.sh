#!/usr/bin/env bash
# deliver: catch-up of 1 KiB records to one URL, deduplicated by value and signed. The mark: wrk's CPU and 4 us.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"
# shellcheck source=bench/delivery.sh
source "$bench/delivery.sh"

measure_delivery "$bench/cases/deliver.yaml" 4 "snappy catch-up of 1 KiB records, deduplicated by value, signed, $connections connections"
exit "$status"
