#pragma once
#include <array>
#include <string_view>

namespace reprise::telemetry {

enum class MetricKind { Counter, Gauge, Histogram };

/// A metric that dashboards and alerts may rely on: changing a name, kind or label is a breaking change (a contract test
/// holds them).
struct MetricSpec {
  std::string_view name;
  MetricKind kind;
  std::array<std::string_view, 4> labels;  ///< unused ones are empty
  std::string_view help;
};

inline constexpr MetricSpec kRecordsTotal{
    "reprise_records_total",
    MetricKind::Counter,
    {"connector", "task", "outcome"},
    "Records settled, by outcome: delivered, duplicate, filtered, dead_lettered, absorbed."};
inline constexpr MetricSpec kRecordsReadTotal{"reprise_records_read_total",
                                              MetricKind::Counter,
                                              {"connector", "task"},
                                              "Records read from the source, also those not selected."};
inline constexpr MetricSpec kRecordsExpiredTotal{"reprise_records_expired_total",
                                                 MetricKind::Counter,
                                                 {"connector", "task"},
                                                 "Records that retention took before they were read: loss."};
inline constexpr MetricSpec kGapsTotal{"reprise_gaps_total",
                                       MetricKind::Counter,
                                       {"connector", "task"},
                                       "Offsets that hold no record: of transactions, or cleaned by compaction."};
inline constexpr MetricSpec kBytesTotal{"reprise_bytes_total",
                                        MetricKind::Counter,
                                        {"connector", "task", "direction"},
                                        "Bytes of keys and values that were delivered; direction is out."};
inline constexpr MetricSpec kLagRecords{
    "reprise_lag_records",
    MetricKind::Gauge,
    {"connector", "task", "topic", "partition"},
    "Records between the watermark and the end of the partition; left out while the "
    "end is unknown."};
inline constexpr MetricSpec kLagSeconds{"reprise_lag_seconds",
                                        MetricKind::Gauge,
                                        {"connector", "task", "topic", "partition"},
                                        "Age of the oldest record without an outcome, 0 when there is none; left out "
                                        "while that is unknown."};
inline constexpr MetricSpec kSourceLastAnswerSeconds{"reprise_source_last_answer_seconds",
                                                     MetricKind::Gauge,
                                                     {"connector", "task", "topic", "partition"},
                                                     "Seconds since the source last said where the partition ends."};
inline constexpr MetricSpec kWatermarkOffset{"reprise_watermark_offset",
                                             MetricKind::Gauge,
                                             {"connector", "task", "topic", "partition"},
                                             "Smallest offset without a final outcome."};
inline constexpr MetricSpec kOldestInFlightSeconds{"reprise_oldest_in_flight_seconds",
                                                   MetricKind::Gauge,
                                                   {"connector", "task"},
                                                   "Seconds since the oldest record in flight was read."};
inline constexpr MetricSpec kInFlightRecords{"reprise_in_flight_records",
                                             MetricKind::Gauge,
                                             {"connector", "task"},
                                             "Records read and not settled, parked ones included."};
inline constexpr MetricSpec kInFlightBytes{"reprise_in_flight_bytes",
                                           MetricKind::Gauge,
                                           {"connector", "task"},
                                           "Bytes of keys and values read and not settled, wherever they wait."};
inline constexpr MetricSpec kHeldRecords{
    "reprise_held_records", MetricKind::Gauge, {"connector", "task"}, "Records parked for a retry or behind one."};
inline constexpr MetricSpec kHeldBytes{"reprise_held_bytes",
                                       MetricKind::Gauge,
                                       {"connector", "task"},
                                       "Bytes of records parked for a retry or behind one."};
inline constexpr MetricSpec kEndpointsInTrouble{"reprise_endpoints_in_trouble",
                                                MetricKind::Gauge,
                                                {"connector", "task"},
                                                "Endpoints that failed and have not answered well since."};
inline constexpr MetricSpec kEndpointsBlocking{"reprise_endpoints_blocking",
                                               MetricKind::Gauge,
                                               {"connector", "task"},
                                               "Endpoints that hold their share of waiting records and stop reading: "
                                               "for our own rate limit, or for lack of dead letters."};
inline constexpr MetricSpec kRetriesTotal{
    "reprise_retries_total", MetricKind::Counter, {"connector", "task"}, "Attempts at a record after its first."};
inline constexpr MetricSpec kSinkAwayTotal{
    "reprise_sink_away_total",
    MetricKind::Counter,
    {"connector", "task", "kind"},
    "Times that the sink took nothing because it was away, by kind of its reason."};
inline constexpr MetricSpec kCommitsTotal{
    "reprise_commits_total", MetricKind::Counter, {"connector", "task"}, "Groups of outcomes made durable."};
inline constexpr MetricSpec kCommitSeconds{"reprise_commit_seconds",
                                           MetricKind::Histogram,
                                           {"connector", "task"},
                                           "Seconds to make one group of outcomes durable."};
inline constexpr MetricSpec kAccountingMismatchTotal{
    "reprise_accounting_mismatch_total",
    MetricKind::Counter,
    {"connector", "task"},
    "Groups whose accounting identities did not hold: a bug, or loss. Alert on any increase."};
inline constexpr MetricSpec kTaskState{"reprise_task_state",
                                       MetricKind::Gauge,
                                       {"connector", "task", "state"},
                                       "1 for the state the task is in, 0 for the others."};
inline constexpr MetricSpec kHealth{"reprise_health",
                                    MetricKind::Gauge,
                                    {"subject"},
                                    "What GET /health/ready says of a subject: 0 up, 1 degraded, 2 starting, 3 down, "
                                    "4 invalid."};
inline constexpr MetricSpec kConfigReloadTotal{
    "reprise_config_reload_total",
    MetricKind::Counter,
    {"result"},
    "Readings of changed files (SIGHUP; a table's file): taken, or refused because of what they say."};
inline constexpr MetricSpec kConfigReloadSuccess{"reprise_config_reload_success",
                                                 MetricKind::Gauge,
                                                 {},
                                                 "1 if the files were taken when they were last read, else 0."};
inline constexpr MetricSpec kConfigReloadTimestamp{"reprise_config_reload_timestamp_seconds",
                                                   MetricKind::Gauge,
                                                   {},
                                                   "When files were last read, in seconds since 1970."};
inline constexpr MetricSpec kLogLinesDroppedTotal{"reprise_log_lines_dropped_total",
                                                  MetricKind::Counter,
                                                  {},
                                                  "Log lines lost because the reader of the log was too slow."};

inline constexpr std::array kMetricContract{kRecordsTotal,
                                            kRecordsReadTotal,
                                            kRecordsExpiredTotal,
                                            kGapsTotal,
                                            kBytesTotal,
                                            kLagRecords,
                                            kLagSeconds,
                                            kSourceLastAnswerSeconds,
                                            kWatermarkOffset,
                                            kOldestInFlightSeconds,
                                            kInFlightRecords,
                                            kInFlightBytes,
                                            kHeldRecords,
                                            kHeldBytes,
                                            kEndpointsInTrouble,
                                            kEndpointsBlocking,
                                            kRetriesTotal,
                                            kSinkAwayTotal,
                                            kCommitsTotal,
                                            kCommitSeconds,
                                            kAccountingMismatchTotal,
                                            kTaskState,
                                            kHealth,
                                            kConfigReloadTotal,
                                            kConfigReloadSuccess,
                                            kConfigReloadTimestamp,
                                            kLogLinesDroppedTotal};

}  // namespace reprise::telemetry
