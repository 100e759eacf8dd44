# Part of the benchmarks: the filled topic into a sink that costs nothing. Sourced by catchup and by the comparison of commits.
# shellcheck shell=bash

# read_with_worker: reads the whole topic; sets line to the sink's report and rss to megabytes.
read_with_worker() {
  rm -f "$BENCH_REPORT"
  start_worker "$configs/worker.yaml" "$configs/cases/null.yaml"
  await_report 120 # seconds
  line=$(<"$BENCH_REPORT")
  rss=$(rss_mb "$worker")
  ask_settled
  kill_worker
}

# ask_settled: what the sink settled is what the worker counts.
ask_settled() {
  control GET /metrics --metric reprise_records_total --until "^$records([^0-9]|\$)" --timeout 10 >/dev/null ||
    die "the worker counts $(metric reprise_records_total) records of $records"
  check_accounts
}
