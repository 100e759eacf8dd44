# Part of the demo and of the crash tests: starting, asking and stopping what stands around a worker. Sourced by bash scripts.
#   KAFKA_BOOTSTRAP=host:port   the Kafka to use
#   REPRISE_BUILD_DIR=dir       bin/ and plugins/ of a build; REPRISE_BIN names another reprise
#   REPRISE_RUN_DIR=dir         everything that is written goes here
# shellcheck shell=bash

build=${REPRISE_BUILD_DIR:?names the build to use, for instance build/dev}
run=${REPRISE_RUN_DIR:?names the folder of this run}
bin=$build/bin
reprise=${REPRISE_BIN:-$bin/reprise}
started_at=$EPOCHREALTIME
pids=()          # what runs and ends with this script
worker=          # the pid of the worker
receiver=        # host:port

# What configuration files name with ${env:...}. The topic has a name of its own: a Kafka that is there may hold an earlier run's.
export KAFKA_BOOTSTRAP=${KAFKA_BOOTSTRAP:?names the Kafka to use, host:port; ./dev kafka start gives one}
REPRISE_TOPIC=delivery_log.$(date -u +%Y%m%d.%H%M%S).$$
export REPRISE_TOPIC
export REPRISE_STATE_DIR=$run/state
export REPRISE_PLUGIN_DIR=${REPRISE_PLUGIN_DIR:-$build/plugins}

say() { printf '%7s s  %s\n' "$(awk -v a="$started_at" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')" "$*"; }
die() {
  echo "${0##*/}: $*" >&2
  [[ ! -s $run/worker.log ]] || { echo "the worker's last words:" >&2; tail -n 15 "$run/worker.log" >&2; }
  exit 1
}

# --- leaving nothing behind ----------------------------------------------------------------------------------------

stop_all() {
  local pid
  trap '' INT TERM HUP
  set +e
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null; done
  for pid in "${pids[@]}"; do
    end_within "$pid" 10 || kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
}
on_exit() {
  local status=$?
  stop_all
  exit "$status"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# end_within PID SECONDS: true when the process has ended in time.
end_within() {
  local left=$(($2 * 20))
  while kill -0 "$1" 2>/dev/null; do
    ((left-- > 0)) || return 1
    sleep 0.05
  done
}

# reap PID: its exit status, once it has ended; it is no longer ours to stop.
reap() {
  local pid rest=() status=0
  wait "$1" 2>/dev/null || status=$?
  for pid in "${pids[@]}"; do [[ $pid == "$1" ]] || rest+=("$pid"); done
  pids=("${rest[@]}")
  return "$status"
}

needs() { # needs PROGRAM...: each has been built
  local program
  for program in "$@"; do [[ -x $program ]] || die "$program is not built"; done
}

# --- the receiver --------------------------------------------------------------------------------------------------

ask() { "$bin/field_http" "$@"; }
receiver_stat() { ask GET "$receiver/control/stats" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
behave() { ask PUT "$receiver/control/$1" --body "$2" >/dev/null || die "the receiver does not take \"$2\""; }

write_secrets() { # write_secrets COUNT: `webhook id=whsec_...` of 33 random bytes each, readable by us only
  (
    umask 077
    head -c $(($1 * 33)) /dev/urandom | base64 -w 44 | awk '{ print NR "=whsec_" $0 }' >"$run/secrets"
  )
}

start_receiver() {
  "$bin/field_receiver" --ledger "$run/ledger" --secrets "$run/secrets" --port-file "$run/port" >"$run/receiver.log" 2>&1 &
  pids+=($!)
  local left=100
  until [[ -s $run/port ]]; do
    ((left-- > 0)) || die "the receiver does not start: $(tail -n 1 "$run/receiver.log")"
    sleep 0.05
  done
  receiver=127.0.0.1:$(<"$run/port")
}

write_webhooks() { # write_webhooks COUNT: the table of who gets what where, with secrets by reference
  local id
  {
    echo "tables:"
    echo "  webhooks:"
    for ((id = 1; id <= $1; ++id)); do
      echo "    \"$id\": {url: \"http://$receiver/hooks/$id\", secret: \"\${file:$run/secrets:$id}\"}"
    done
  } >"$run/webhooks.yaml"
}

# --- the topic -----------------------------------------------------------------------------------------------------

# The generator, to which options are added. An array and no function: `"${generate[@]}" ... &` is then the program itself, and
# $! the one to stop, not a shell around it.
# shellcheck disable=SC2034
generate=("$bin/field_generator" --bootstrap "$KAFKA_BOOTSTRAP" --topic "$REPRISE_TOPIC" --codec snappy)

audit() { # audit OPTION...: what field_checker says; a correct worker signs every request and keeps the order of each key
  "$bin/field_checker" --bootstrap "$KAFKA_BOOTSTRAP" --topic "$REPRISE_TOPIC" --ledger "$run/ledger" --require-signatures --require-order "$@"
}

# --- the worker ----------------------------------------------------------------------------------------------------

control() { ask "$@" --unix "$REPRISE_STATE_DIR/control.sock"; } # control METHOD PATH [OPTION...]

launch_worker() { # launch_worker FILE...: starts it and does not wait
  "$reprise" worker "$@" >>"$run/worker.log" 2>&1 &
  worker=$!
  pids+=("$worker")
}

# await_worker: true once it answers; false when it has ended or 20 s have passed.
await_worker() {
  local left=40
  until control GET /health/live --timeout 0.5 --until '' >/dev/null 2>&1; do
    kill -0 "$worker" 2>/dev/null && ((left-- > 0)) || return 1
  done
}

stop_worker() {
  kill -TERM "$worker"
  end_within "$worker" 40 || die "the worker did not end within 40 s of SIGTERM"
  reap "$worker" || die "the worker ended with status $? at SIGTERM"
}
