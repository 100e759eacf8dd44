# Part of the end-to-end tests: what they have in common beside a worker that is started, asked and stopped. Sourced by bash scripts.
# shellcheck shell=bash

# shellcheck source=tests/chaos/parts.sh
source "$(dirname "${BASH_SOURCE[0]}")/../chaos/parts.sh"

dead_letter_topic=$REPRISE_TOPIC.dead

admin() { "$bin/topic_admin" "$KAFKA_BOOTSTRAP" "$@" || die "topic_admin $* failed"; }

# soon SECONDS COMMAND...: true as soon as the command is, false when the time is over.
soon() {
  local deadline=$((10#${EPOCHREALTIME/./} + $1 * 1000000))
  shift
  until "$@"; do
    ((10#${EPOCHREALTIME/./} < deadline)) || return 1
    sleep 0.05
  done
}

# receiver_has COUNT: so many requests were answered 2xx.
receiver_has() { (($(receiver_stat delivered) >= $1)); }

# said TEXT [SINCE]: the worker's log has it, after byte SINCE.
said() { tail -c "+$((${2:-0} + 1))" "$run/worker.log" | grep -qF -- "$1"; }
expect_said() { soon 20 said "$@" || die "the worker's log lacks \"$1\""; }
log_size() { stat -c %s "$run/worker.log"; }

# health: what the worker says about itself, as one line of JSON.
health() { control GET /health/live --timeout 2 2>/dev/null || true; }
health_has() { grep -qE -- "$1" <<<"$(health)"; }
expect_health() { soon "$1" health_has "$2" || die "health does not say \"$2\" within $1 s: $(health)"; }

# cpu_ms: processor time that the worker has used.
cpu_ms() {
  local fields
  fields=$(sed 's/.*) //' "/proc/$worker/stat")
  awk -v tick="$(getconf CLK_TCK)" '{ printf "%d", ($12 + $13) * 1000 / tick }' <<<"$fields"
}

# metric_of CONNECTOR NAME: the sum of a metric's series of one connector.
metric_of() {
  control GET /metrics --timeout 5 | awk -v name="$2" -v connector="connector=\"$1\"" \
    'index($0, name "{") == 1 && index($0, connector) { sum += $NF } END { print sum + 0 }'
}

now_ms() { echo $((10#${EPOCHREALTIME/./} / 1000)); }
