#include "host/telemetry/metric_names.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "host/telemetry/metrics.hpp"

using namespace reprise::telemetry;

TEST_CASE("Names, kinds and labels of metrics are a contract with dashboards", "[telemetry][metrics][contract]") {
  const std::vector<std::string> wanted{
      "counter reprise_records_total{connector,task,outcome}",
      "counter reprise_records_read_total{connector,task}",
      "counter reprise_records_expired_total{connector,task}",
      "counter reprise_gaps_total{connector,task}",
      "counter reprise_bytes_total{connector,task,direction}",
      "gauge reprise_lag_records{connector,task,topic,partition}",
      "gauge reprise_lag_seconds{connector,task,topic,partition}",
      "gauge reprise_source_last_answer_seconds{connector,task,topic,partition}",
      "gauge reprise_watermark_offset{connector,task,topic,partition}",
      "gauge reprise_oldest_in_flight_seconds{connector,task}",
      "gauge reprise_in_flight_records{connector,task}",
      "gauge reprise_in_flight_bytes{connector,task}",
      "gauge reprise_held_records{connector,task}",
      "gauge reprise_held_bytes{connector,task}",
      "gauge reprise_endpoints_in_trouble{connector,task}",
      "gauge reprise_endpoints_blocking{connector,task}",
      "counter reprise_retries_total{connector,task}",
      "counter reprise_sink_away_total{connector,task,kind}",
      "counter reprise_commits_total{connector,task}",
      "histogram reprise_commit_seconds{connector,task}",
      "counter reprise_accounting_mismatch_total{connector,task}",
      "gauge reprise_task_state{connector,task,state}",
      "gauge reprise_health{subject}",
      "counter reprise_config_reload_total{result}",
      "gauge reprise_config_reload_success{}",
      "gauge reprise_config_reload_timestamp_seconds{}",
      "counter reprise_log_lines_dropped_total{}",
  };

  std::vector<std::string> found;
  for (const MetricSpec& spec : kMetricContract) {
    std::string line = spec.kind == MetricKind::Counter ? "counter "
                       : spec.kind == MetricKind::Gauge ? "gauge "
                                                        : "histogram ";
    line += std::string(spec.name) + "{";
    bool is_first = true;
    for (const std::string_view label : spec.labels) {
      if (label.empty()) continue;
      line += (is_first ? "" : ",") + std::string(label);
      is_first = false;
    }
    found.push_back(line + "}");
  }

  CHECK(found == wanted);
}

TEST_CASE("Every metric of the contract is exposed under its name", "[telemetry][metrics][contract]") {
  Metrics metrics;
  for (const MetricSpec& spec : kMetricContract) {
    Labels labels;
    for (const std::string_view label : spec.labels) {
      if (!label.empty()) labels.emplace(label, "v");
    }
    if (spec.kind == MetricKind::Counter) metrics.counter(spec, labels).add();
    if (spec.kind == MetricKind::Gauge) metrics.gauge(spec, labels).set(1);
    if (spec.kind == MetricKind::Histogram) metrics.histogram(spec, labels).observe(1);
  }

  const std::string text = metrics.expose();

  for (const MetricSpec& spec : kMetricContract) {
    INFO(spec.name);
    CHECK(text.find("# HELP " + std::string(spec.name) + " " + std::string(spec.help)) != std::string::npos);
  }
}

TEST_CASE("Labels that the contract does not have are not exposed", "[telemetry][metrics][contract]") {
  Metrics metrics;

  metrics.counter(kRecordsTotal, {{"connector", "a"}}).add();
  metrics.counter(kLagRecords, {{"connector", "a"}, {"task", "0"}, {"topic", "t"}, {"partition", "0"}}).add();

  CHECK(metrics.expose().empty());
}
