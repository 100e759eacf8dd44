# Part of the crash tests: a worker that is killed and started again. Sourced by bash scripts.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
own_run=
if [[ -z ${REPRISE_RUN_DIR:-} ]]; then
  own_run=$(mktemp -d "${TMPDIR:-/tmp}/reprise-chaos.XXXXXX")
else
  own_run=$(mktemp -d "$REPRISE_RUN_DIR/chaos.XXXXXX")
fi
export REPRISE_RUN_DIR=$own_run
# shellcheck source=tests/field/parts.sh
source "$root/tests/field/parts.sh"

# The folder of a failed run stays, to be looked at.
on_chaos_exit() {
  local status=$?
  stop_all
  if ((status == 0)); then rm -rf "$own_run"; else echo "kept: $own_run" >&2; fi
  exit "$status"
}
trap on_chaos_exit EXIT

per_crash=$((128 + 256))   # what one crash may repeat: records in flight, and a group that was not yet written
crashes=0
config=("$root/tests/chaos/worker.yaml" "$run/webhooks.yaml")

set_up_field() { # set_up_field WEBHOOKS
  needs "$reprise" "$bin/field_generator" "$bin/field_receiver" "$bin/field_checker" "$bin/field_http"
  write_secrets "$1"
  start_receiver
  write_webhooks "$1"
  "$reprise" validate "${config[@]}" >"$run/validate.log" 2>&1 || die "the configuration is refused: $(<"$run/validate.log")"
}

start_worker() {
  launch_worker "${config[@]}"
  await_worker || die "the worker does not answer after its start"
}

in_flight() { control GET /metrics --timeout 2 --metric reprise_in_flight_records 2>/dev/null || true; }

# kill_worker: SIGKILL, at once; the shell's word about it is not wanted.
kill_worker() {
  kill -KILL "$worker"
  reap "$worker" 2>/dev/null || true
  crashes=$((crashes + 1))
}

# expect_no_mismatch: the worker's own identities hold as well.
expect_no_mismatch() {
  local count
  count=$(control GET /metrics --metric reprise_accounting_mismatch_total || true)
  [[ ${count:-0} == 0 ]] || die "the worker counted $count mismatches of its accounts"
}

# audit_live: waits until everything has an outcome and judges the run.
audit_live() {
  audit --mode live --dead-letter-topic "$REPRISE_TOPIC.dead" --wait "${1:-60}" --max-duplicates $((crashes * per_crash))
}
