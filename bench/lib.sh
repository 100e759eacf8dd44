# Part of the benchmarks: pinning, receivers, measuring and statistics. Sourced by each case.
# shellcheck shell=bash
# shellcheck source=tests/field/parts.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tests/field/parts.sh"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
configs=$root/bench # whose configurations are run
records=0          # in the topic that bench/run filled
export LC_ALL=C   # numbers with points
case_name=${0##*/}
case_name=${case_name%.sh}
short=${BENCH_SHORT:-false}
rounds=5
seconds=4          # how long a rate is watched
connections=64
if $short; then rounds=1 seconds=1; fi
nginx=             # host:port
# The configurations name the receiver by it.
export BENCH_URL BENCH_SECRET="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
export BENCH_PLUGIN_DIR=$build/bench/plugins

# Words to put before a command. Not functions: in the background their pid would be that of a shell.
on_worker_cpu=(taskset -c "${BENCH_WORKER_CPU:-0}")
on_server_cpu=(taskset -c "${BENCH_SERVER_CPU:-1}")

use_filled_topic() { REPRISE_TOPIC=${BENCH_TOPIC:?bench/run fills it} records=$BENCH_RECORDS; }

# --- what it ran on --------------------------------------------------------------------------------------------

describe() { # describe "WHAT": the head of a result
  echo "$case_name: $1"
  echo "date      $(date -u +%FT%TZ)"
  echo "machine   $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc --all) cores, $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r), load $(cut -d ' ' -f 1 /proc/loadavg)"
  echo "reprise   $("$reprise" --version --json)"
  echo "broker    ${BENCH_BROKER:-not ours, not pinned}"
  echo "tools     $(nginx -v 2>&1 | sed 's/.*: //'), $(wrk -v 2>&1 | head -n 1 | sed 's/ Copyright.*//')"
  echo "cores     worker and baselines ${BENCH_WORKER_CPU:-0}; receiver and broker ${BENCH_SERVER_CPU:-1}"
  echo
}

# --- processes -------------------------------------------------------------------------------------------------

launch_nginx() { # one process that answers 204, and counts
  local attempt port dir=$run/nginx
  mkdir -p "$dir"
  for attempt in 1 2 3; do
    port=$((20000 + RANDOM % 12000))
    cat >"$dir/nginx.conf" <<NGINX
$( ((EUID != 0)) || echo "user root;")
worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:$port backlog=1024;
    location = /status { stub_status; }
    location / { return 204; }
  }
}
NGINX
    "${on_server_cpu[@]}" nginx -p "$dir/" -c nginx.conf -e error.log 2>"$dir/start.log" &
    pids+=($!)
    nginx=127.0.0.1:$port
    BENCH_URL=http://$nginx/hook
    if ask GET "$nginx/status" --until 'requests' --timeout 5 >/dev/null 2>&1; then return; fi
  done
  die "nginx does not start: $(tail -n 1 "$dir/start.log")"
}

nginx_requests() { ask GET "$nginx/status" | awk 'NR == 3 { print $3 }'; }

start_worker() { # start_worker FILE: on its core, from the beginning of the topic; waits until it answers
  rm -rf "$REPRISE_STATE_DIR"
  launch_pinned_worker "$@"
  await_worker || die "the worker does not answer"
}

launch_pinned_worker() {
  "${on_worker_cpu[@]}" "$reprise" worker "$@" >>"$run/worker.log" 2>&1 &
  worker=$!
  pids+=("$worker")
}

kill_worker() { # ends one whose state nobody needs any more
  kill -KILL "$worker"
  reap "$worker" 2>/dev/null || true # the shell would tell of the kill
}

await_report() { # await_report SECONDS: until the null sink has written it
  local left=$(($1 * 20))
  until [[ -s $BENCH_REPORT ]]; do
    kill -0 "$worker" 2>/dev/null || die "the worker ended"
    ((left-- > 0)) || die "the worker did not come to the end within $1 s; it counts $(metric reprise_records_total)"
    sleep 0.05
  done
}

# metric NAME: the sum of a series of the worker; 0 before there is one.
metric() { control GET /metrics --metric "$1"; }

check_accounts() { # the figures of a worker that miscounts are worth nothing
  local mismatches
  mismatches=$(metric reprise_accounting_mismatch_total)
  [[ ${mismatches%.*} == 0 ]] || die "the worker's accounts do not hold: $mismatches mismatches"
}

# cpu_ticks PID: user and system time of all its threads so far.
cpu_ticks() {
  local stat
  stat=$(<"/proc/$1/stat")
  # After the name, which may hold spaces: utime and stime are the 12th and 13th.
  awk '{ print $12 + $13 }' <<<"${stat##*) }"
}

rss_mb() { awk '/^Rss:/ { printf "%.1f", $2 / 1024 }' "/proc/$1/smaps_rollup"; }

# --- the baselines ---------------------------------------------------------------------------------------------

# run_wrk: a fixed POST of 1,000 bytes; sets wrk_rate (requests a second) and wrk_cpu (microseconds each).
run_wrk() {
  local TIMEFORMAT='%U %S'
  cat >"$run/post.lua" <<'LUA'
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = string.rep("x", 1000)
LUA
  { time "${on_worker_cpu[@]}" wrk -t 1 -c "$connections" -d "${seconds}s" -s "$run/post.lua" "http://$nginx/hook" >"$run/wrk.log"; } 2>"$run/wrk.time"
  if grep -q 'Non-2xx\|Socket errors' "$run/wrk.log"; then die "wrk met errors: $(<"$run/wrk.log")"; fi
  read -r wrk_rate wrk_cpu < <(awk 'NR == FNR { cpu = $1 + $2; next }
    / requests in / { requests = $1 } /^Requests\/sec/ { rate = $2 }
    END { print rate, cpu / requests * 1e6 }' "$run/wrk.time" "$run/wrk.log")
}

# value NAME LINE: of "records=5 seconds=0.1 ..."
value() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<<"$2"; }

# --- statistics ------------------------------------------------------------------------------------------------

calc() { awk "BEGIN { printf \"%.6g\", $1 }"; }
is_true() { awk "BEGIN { exit !($1) }"; }

# of_column FILE COLUMN: median, least and greatest
of_column() {
  awk -v column="$2" '{ print $column }' "$1" | sort -g |
    awk '{ v[NR] = $1 } END { printf "%.6g %.6g %.6g\n", (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2, v[1], v[NR] }'
}

# summarize FILE COLUMN "WHAT": a line for people; sets median
summarize() {
  local least greatest
  read -r median least greatest < <(of_column "$1" "$2")
  printf '%-34s median %-10s range %s to %s\n' "$3" "$median" "$least" "$greatest"
}

# verdict CONDITION...: sets mark to met, missed or (short form) untold, status to what the case ends with.
verdict() {
  local condition
  mark=met status=0
  for condition in "$@"; do is_true "$condition" || mark=missed status=1; done
  if $short; then mark=untold status=0; fi
}
