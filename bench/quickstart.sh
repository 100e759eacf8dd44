# Part of the benchmarks: the quickstart's configuration with its customers, all caught up. Sourced by start and idle-rss.
# shellcheck shell=bash

webhooks=300
delivered=0        # events that the receiver has got
quickstart=$root/configs/quickstart

launch_customers() {
  write_secrets "$webhooks"
  "${on_server_cpu[@]}" "$bin/field_receiver" --ledger "$run/ledger" --secrets "$run/secrets" --port-file "$run/port" >"$run/receiver.log" 2>&1 &
  pids+=($!)
  local left=100
  until [[ -s $run/port ]]; do
    ((left-- > 0)) || die "the receiver does not start: $(tail -n 1 "$run/receiver.log")"
    sleep 0.05
  done
  receiver=127.0.0.1:$(<"$run/port")
  write_webhooks "$webhooks"
  config=("$quickstart/reprise.yaml" "$run/webhooks.yaml")
}

# add_events COUNT OPTION...: new ones, each different from all before
add_events() {
  local count=$1
  shift
  "${generate[@]}" --webhooks "$webhooks" --events "$count" --start-id $((delivered + 1)) --seed $((delivered + 1)) "$@" >"$run/generator.log" 2>&1 ||
    die "$(tail -n 1 "$run/generator.log")"
  delivered=$((delivered + count))
}

await_caught_up() {
  ask GET "$receiver/control/stats" --until "\"delivered\":${delivered}[,}]" --timeout 60 >/dev/null ||
    die "$(receiver_stat delivered) of $delivered events were delivered within 60 s"
  control GET /metrics --metric reprise_lag_records --until '^0([^0-9]|$)' --timeout 20 >/dev/null || die "the worker says it lags $(metric reprise_lag_records) records"
}

await_ledger() { # await_ledger LINES: more than so many requests have come
  local left=400
  until (($(wc -l <"$run/ledger") > $1)); do
    ((left-- > 0)) || die "no request came within 20 s"
    sleep 0.05
  done
}

# start_once: sets start_ms. The receiver stamps a request when its head has come.
start_once() {
  local lines launched
  lines=$(wc -l <"$run/ledger")
  add_events 500 --no-create
  launched=$EPOCHREALTIME
  launch_pinned_worker "${config[@]}"
  await_ledger "$lines"
  start_ms=$(awk -v first="$((lines + 1))" -v t="$launched" 'NR == first { printf "%.1f", $1 - t * 1000; exit }' "$run/ledger")
  await_caught_up
  stop_worker
}
