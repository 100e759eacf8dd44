#pragma once
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "host/replay/job.hpp"
#include "host/replay/log_reader.hpp"
#include "host/replay/request.hpp"
#include "host/tables/tables.hpp"

namespace reprise::replay {

/// Records may be dated this much apart from their neighbours: so much more is read on both sides of a range, and the records'
/// own times select.
inline constexpr std::int64_t kSlackMs = 5 * 60 * 1000;
/// So many records in a row that are dated beyond a range and its slack end it; fewer may be odd ones among others.
inline constexpr std::int64_t kEndsRange = 65'536;

/// What can be said without the broker: times, lookback, the webhook. Kinds as Replays promises.
Result<> check_request(const Request& request, const config::ConnectorConfig& connector, const tables::Tables& tables,
                       std::int64_t now_ms);

/// What the job has to read, as the log stands now.
struct Range {
  std::vector<JobPartition> partitions;
  std::vector<std::string> warnings;
  std::string gone;  ///< not empty: the log holds nothing of the range any more, and why
};
/// Asks the log where the range begins, and what retention has taken of it. A record that is dated ahead is the first "at or
/// after" every later time: it can make the answer too low, which costs reading, and never too high. The end of each partition
/// is still the log's. "unknown.topic", "unknown.partition".
Result<Range> find_range(const Job& job, const config::ConnectorConfig& connector, LogReader& log);
/// Finds where the range ends, by reading: behind the last record that is followed by fewer than kEndsRange records in a row
/// that are dated beyond it, or at the log's end. Asking for a time would give the first record that is dated ahead.
Result<> find_ends(const Job& job, LogReader& log, Range* range);

}  // namespace reprise::replay
