#pragma once
#include <string>
#include <vector>

#include "host/base/clock.hpp"
#include "host/config/config.hpp"
#include "host/replay/job.hpp"
#include "host/replay/request.hpp"
#include "host/runtime/pipeline.hpp"
#include "host/tables/tables.hpp"

namespace reprise::replay {

/// Records may be dated this much apart from their neighbours: so much more is read on both sides of a range, and the records'
/// own times select.
inline constexpr std::int64_t kSlackMs = 5 * 60 * 1000;

/// What can be said without the broker: times, lookback, the webhook. Kinds as Replays promises.
Result<> check_request(const Request& request, const config::ConnectorConfig& connector, const tables::Tables& tables,
                       std::int64_t now_ms);

/// What the job has to read, as the log stands now.
struct Range {
  std::vector<JobPartition> partitions;
  std::vector<std::string> warnings;
  std::string gone;  ///< not empty: the log holds nothing of the range any more, and why
};
/// Asks the source. "unknown.topic", "unknown.partition".
Result<Range> find_range(const Job& job, const config::ConnectorConfig& connector, runtime::Pipeline& source,
                         BootTime deadline);

}  // namespace reprise::replay
