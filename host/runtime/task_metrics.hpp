#pragma once
#include <cstdint>
#include <limits>
#include <string>

#include "host/runtime/outcome.hpp"
#include "host/telemetry/metrics.hpp"

namespace reprise::runtime {

/// The series of one task, looked up once. Names and labels: host/telemetry/metric_names.hpp.
class TaskMetrics {
 public:
  TaskMetrics(telemetry::Metrics& metrics, const std::string& connector, std::uint32_t task);

  /// Counts what came since the last time.
  void add(const Counters& since, const Counters& now);
  void count_refusal(const std::string& kind);
  /// Where one partition stands. What is unknown is not shown: all of it, once the task has left the partition.
  struct Place {
    static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    double lag_records = kUnknown;
    double lag_seconds = kUnknown;
    double last_answer_seconds = kUnknown;
    double watermark = kUnknown;
  };
  void set_partition(const std::string& topic, std::int32_t partition, const Place& place);

  telemetry::Counter& commits;
  telemetry::Histogram& commit_seconds;
  telemetry::Counter& mismatches;
  telemetry::Gauge& in_flight;
  telemetry::Gauge& in_flight_bytes;
  telemetry::Gauge& held_records;
  telemetry::Gauge& held_bytes;
  telemetry::Gauge& oldest_seconds;
  telemetry::Counter& strays;  ///< settlements of no record: a plugin's mistake

 private:
  telemetry::Metrics& metrics_;
  const std::string connector_;
  const std::string task_;
  telemetry::Counter& read_;
  telemetry::Counter& expired_;
  telemetry::Counter& gaps_;
  telemetry::Counter& retries_;
  telemetry::Counter& delivered_;
  telemetry::Counter& duplicate_;
  telemetry::Counter& filtered_;
  telemetry::Counter& dead_lettered_;
  telemetry::Counter& absorbed_;
  telemetry::Counter& bytes_out_;
};

}  // namespace reprise::runtime
