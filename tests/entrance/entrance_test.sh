#!/usr/bin/env bash
# entrance_test.sh KAFKA_PROBE: ./dev keeps its word. Each check_... is a test; the first that fails ends it.
set -euo pipefail

probe=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dev=$root/dev
scram=${KAFKA_SCRAM_BOOTSTRAP:-} # one that takes SCRAM from this librdkafka, when ./dev test started it
# The space is on purpose: everything must work below such a path.
folder=$(mktemp -d "${TMPDIR:-/tmp}/reprise entrance.XXXXXX")
broker=$folder/broker

clean_up() {
  local name
  for name in broker cut scram; do "$dev" kafka kill --dir "$folder/$name" || true; done
  rm -rf "$folder"
}
trap clean_up EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
expect_status() { # expect_status N COMMAND...
  local expected=$1 status=0
  shift
  "$@" >"$folder/out" 2>"$folder/err" || status=$?
  ((status == expected)) || fail "\"$*\" ended with $status, not $expected: $(cat "$folder/out" "$folder/err")"
}
pids_of() { # how many Java processes work in this folder
  local process count=0
  for process in /proc/[0-9]*; do
    [[ $(readlink "$process/exe" 2>/dev/null) == */java ]] && grep -Fqz -- "$1/" "$process/cmdline" 2>/dev/null && count=$((count + 1))
  done
  echo "$count"
}
expect_gone() { [[ $(pids_of "$1") == 0 ]] || fail "a process of $1 still runs"; }

check_help_lists_every_verb() {
  expect_status 0 "$dev" help
  local verb
  for verb in demo test build kafka bench fmt lint doctor clean help; do
    grep -q "^  $verb " "$folder/out" || fail "help does not list $verb"
  done
}

check_wrong_words_end_with_one_line() {
  expect_status 1 "$dev" nonsense
  [[ $(wc -l <"$folder/err") == 1 ]] || fail "more than one line: $(cat "$folder/err")"
  expect_status 1 "$dev" test --nonsense
  expect_status 1 "$dev" kafka start --nonsense
  expect_status 1 env KAFKA_BOOTSTRAP=127.0.0.1:1 "$dev" kafka nonsense
}

check_start_is_idempotent() {
  expect_status 3 "$dev" kafka status --dir "$broker"
  expect_status 0 "$dev" kafka start --dir "$broker" --set num.partitions=3
  address=$(cat "$folder/out")
  [[ $address == KAFKA_BOOTSTRAP=127.0.0.1:* ]] || fail "start prints \"$address\""
  grep -q '^num.partitions=3$' "$broker/server.properties" || fail "--set did not arrive"
  expect_status 0 "$dev" kafka start --dir "$broker"
  [[ $(cat "$folder/out") == "$address" ]] || fail "the second start found another broker"
  expect_status 0 "$dev" kafka status --dir "$broker"
  [[ $(pids_of "$broker") == 1 ]] || fail "there is not exactly one broker"
}

check_every_listener_answers() {
  # shellcheck source=/dev/null
  source "$broker/env"
  local ca=ssl.ca.location=$KAFKA_CA user=(sasl.username="$KAFKA_SASL_USERNAME" sasl.password="$KAFKA_SASL_PASSWORD") mechanism
  expect_status 0 "$probe" bootstrap.servers="$KAFKA_BOOTSTRAP"
  expect_status 0 "$probe" bootstrap.servers="$KAFKA_SSL_BOOTSTRAP" security.protocol=ssl "$ca"
  expect_status 0 "$probe" bootstrap.servers="$KAFKA_MTLS_BOOTSTRAP" security.protocol=ssl "$ca" \
    ssl.certificate.location="$KAFKA_CLIENT_CERT" ssl.key.location="$KAFKA_CLIENT_KEY"
  expect_status 0 "$probe" bootstrap.servers="$KAFKA_SASL_PLAINTEXT_BOOTSTRAP" security.protocol=sasl_plaintext \
    sasl.mechanism=PLAIN "${user[@]}"
  expect_status 0 "$probe" bootstrap.servers="$KAFKA_SASL_SSL_BOOTSTRAP" security.protocol=sasl_ssl "$ca" \
    sasl.mechanism=PLAIN "${user[@]}"
  if [[ -z $scram ]]; then
    expect_status 0 "$dev" kafka start --dir "$folder/scram" --version \
      "$(sed -n 's|.*<kafka.scram.version>\(.*\)</.*|\1|p' "$root/tools/kafka/pom.xml")"
    scram=$(sed -n 's/^KAFKA_SCRAM_BOOTSTRAP=//p' "$folder/scram/env")
  fi
  for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
    expect_status 0 "$probe" bootstrap.servers="$scram" security.protocol=sasl_plaintext sasl.mechanism=$mechanism "${user[@]}"
  done
}

check_strangers_are_refused() {
  local ca=ssl.ca.location=$KAFKA_CA mechanism
  expect_status 1 "$probe" --expect-refusal bootstrap.servers="$KAFKA_MTLS_BOOTSTRAP" security.protocol=ssl "$ca"
  expect_status 1 "$probe" --expect-refusal bootstrap.servers="$KAFKA_SASL_PLAINTEXT_BOOTSTRAP" \
    security.protocol=sasl_plaintext sasl.mechanism=PLAIN sasl.username=alice sasl.password=wrong
  for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
    expect_status 1 "$probe" --expect-refusal bootstrap.servers="$scram" security.protocol=sasl_plaintext \
      sasl.mechanism=$mechanism sasl.username=alice sasl.password=wrong
  done
}

check_killed_broker_comes_back_at_its_address() {
  expect_status 0 "$dev" kafka kill --dir "$broker"
  expect_gone "$broker"
  expect_status 3 "$dev" kafka status --dir "$broker"
  expect_status 1 "$probe" --expect-refusal bootstrap.servers="$KAFKA_BOOTSTRAP"
  expect_status 0 "$dev" kafka restart --dir "$broker"
  [[ $(cat "$folder/out") == "$address" ]] || fail "the address changed"
  expect_status 0 "$probe" bootstrap.servers="$KAFKA_BOOTSTRAP"
  expect_status 0 "$dev" kafka stop --dir "$broker"
  expect_gone "$broker"
  expect_status 0 "$dev" kafka stop --dir "$broker"
}

check_a_start_cut_short_leaves_nothing() {
  "$dev" kafka start --dir "$folder/cut" >/dev/null 2>&1 &
  local script=$! deadline=$((SECONDS + 30)) status=0
  until [[ -s $folder/cut/kafka.pid ]]; do
    ((SECONDS < deadline)) || fail "the broker did not begin to start"
    sleep 0.02
  done
  kill -TERM "$script"
  wait "$script" || status=$?
  ((status == 143)) || fail "ended with $status, not 143"
  expect_gone "$folder/cut"
}

run() {
  local from=$EPOCHREALTIME
  "$1"
  awk -v name="${1#check_}" -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "ok  %-50s %5.1f s\n", name, b - a }'
}

run check_help_lists_every_verb
run check_wrong_words_end_with_one_line
if [[ -n ${KAFKA_BOOTSTRAP:-} && -z ${KAFKA_DIR:-} ]]; then
  echo "KAFKA_BOOTSTRAP names a Kafka of yours, so none is fetched: the checks of the throw-away broker are left out"
  exit 0
fi
run check_start_is_idempotent
run check_every_listener_answers
run check_strangers_are_refused
run check_killed_broker_comes_back_at_its_address
run check_a_start_cut_short_leaves_nothing
