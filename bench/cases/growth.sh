#!/usr/bin/env bash
# growth: what an operation costs beside ten times as many of what it does not touch: the resume of one endpoint beside 50,000 that
# wait, a claim and a list of replays beside 100,000 stored jobs. The mark: at most five times what it costs beside a tenth of them. What
# walks all of them costs ten times as much, what looks something up in a tree some of what the caches no longer hold.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=bench/lib.sh
source "$bench/lib.sh"

needs "$reprise" "$bin/growth_micro"
describe "one operation beside few and beside ten times as many; best of five rounds"
size=()
if $short; then size=(less); fi
"${on_worker_cpu[@]}" "$bin/growth_micro" "$run" "${size[@]}" >"$run/lines"
printf '%-10s %-10s %10s %12s %10s %12s %8s\n' operation beside few us many us many/few
worst=0
while read -r line; do
  printf '%-10s %-10s %10s %12s %10s %12s %8s\n' "$(value what "$line")" "$(value beside "$line")" "$(value few "$line")" \
    "$(value few_us "$line")" "$(value many "$line")" "$(value many_us "$line")" "$(value ratio "$line")"
  worst=$(calc "($worst > $(value ratio "$line") ? $worst : $(value ratio "$line"))")
done <"$run/lines"
echo
verdict "$worst <= 5"
echo "mark: ten times as many cost an operation at most five times as much: $mark"
printf 'bench=%s worst_ratio=%.2f resume_us=%s claim_us=%s list_us=%s mark=%s\n' "$case_name" "$worst" \
  "$(value many_us "$(grep what=resume "$run/lines")")" "$(value many_us "$(grep what=claim "$run/lines")")" \
  "$(value many_us "$(grep 'what=list ' "$run/lines")")" "$mark"
exit "$status"
