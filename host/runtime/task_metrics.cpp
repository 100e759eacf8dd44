#include "host/runtime/task_metrics.hpp"

#include "host/telemetry/metric_names.hpp"

namespace reprise::runtime {
namespace {
telemetry::Labels labels(const std::string& connector, const std::string& task) {
  return {{"connector", connector}, {"task", task}};
}
telemetry::Labels labels(const std::string& connector, std::uint32_t task) {
  return labels(connector, std::to_string(task));
}
telemetry::Labels with(telemetry::Labels base, const char* label, std::string value) {
  base.emplace(label, std::move(value));
  return base;
}
double difference(std::uint64_t now, std::uint64_t since) { return now > since ? static_cast<double>(now - since) : 0; }
}  // namespace

TaskMetrics::TaskMetrics(telemetry::Metrics& metrics, const std::string& connector, std::uint32_t task)
    : commits(metrics.counter(telemetry::kCommitsTotal, labels(connector, task))),
      commit_seconds(metrics.histogram(telemetry::kCommitSeconds, labels(connector, task))),
      mismatches(metrics.counter(telemetry::kAccountingMismatchTotal, labels(connector, task))),
      in_flight(metrics.gauge(telemetry::kInFlightRecords, labels(connector, task))),
      in_flight_bytes(metrics.gauge(telemetry::kInFlightBytes, labels(connector, task))),
      held_records(metrics.gauge(telemetry::kHeldRecords, labels(connector, task))),
      held_bytes(metrics.gauge(telemetry::kHeldBytes, labels(connector, task))),
      oldest_seconds(metrics.gauge(telemetry::kOldestInFlightSeconds, labels(connector, task))),
      strays(metrics.counter("reprise_stray_settlements_total",
                             "Settlements of records that were not in flight: a plugin's mistake.",
                             labels(connector, task))),
      metrics_(metrics),
      connector_(connector),
      task_(std::to_string(task)),
      read_(metrics.counter(telemetry::kRecordsReadTotal, labels(connector, task))),
      expired_(metrics.counter(telemetry::kRecordsExpiredTotal, labels(connector, task))),
      gaps_(metrics.counter(telemetry::kGapsTotal, labels(connector, task))),
      retries_(metrics.counter(telemetry::kRetriesTotal, labels(connector, task))),
      delivered_(metrics.counter(telemetry::kRecordsTotal, with(labels(connector, task), "outcome", "delivered"))),
      duplicate_(metrics.counter(telemetry::kRecordsTotal, with(labels(connector, task), "outcome", "duplicate"))),
      filtered_(metrics.counter(telemetry::kRecordsTotal, with(labels(connector, task), "outcome", "filtered"))),
      dead_lettered_(
          metrics.counter(telemetry::kRecordsTotal, with(labels(connector, task), "outcome", "dead_lettered"))),
      absorbed_(metrics.counter(telemetry::kRecordsTotal, with(labels(connector, task), "outcome", "absorbed"))),
      bytes_out_(metrics.counter(telemetry::kBytesTotal, with(labels(connector, task), "direction", "out"))) {}

void TaskMetrics::add(const Counters& since, const Counters& now) {
  read_.add(difference(now.read, since.read));
  expired_.add(difference(now.expired, since.expired));
  gaps_.add(difference(now.gaps, since.gaps));
  retries_.add(difference(now.retries, since.retries));
  delivered_.add(difference(now.delivered, since.delivered));
  duplicate_.add(difference(now.duplicate, since.duplicate));
  filtered_.add(difference(now.filtered, since.filtered));
  dead_lettered_.add(difference(now.dead_lettered, since.dead_lettered));
  absorbed_.add(difference(now.absorbed, since.absorbed));
  bytes_out_.add(difference(now.delivered_bytes, since.delivered_bytes));
}

void TaskMetrics::count_refusal(const std::string& kind) {
  metrics_.counter(telemetry::kSinkAwayTotal, with(labels(connector_, task_), "kind", kind)).add();
}

void TaskMetrics::set_partition(const std::string& topic, std::int32_t partition, const Place& place) {
  const telemetry::Labels where = {
      {"connector", connector_}, {"task", task_}, {"topic", topic}, {"partition", std::to_string(partition)}};
  metrics_.gauge(telemetry::kLagRecords, where).set(place.lag_records);
  metrics_.gauge(telemetry::kLagSeconds, where).set(place.lag_seconds);
  metrics_.gauge(telemetry::kSourceLastAnswerSeconds, where).set(place.last_answer_seconds);
  metrics_.gauge(telemetry::kWatermarkOffset, where).set(place.watermark);
}

}  // namespace reprise::runtime
