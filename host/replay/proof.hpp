#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "host/replay/job.hpp"
#include "host/replay/log_reader.hpp"

namespace reprise::replay {

/// What the second reading found in one partition.
struct Looked {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t from = 0, to = 0;  ///< offsets it has seen
  bool is_log_end = false;        ///< it ended because the log did, or what the log held when the job began
  std::map<std::int64_t, std::uint64_t> minutes;  ///< wanted records by minute since 1970; -1: without a time
};

/// Reads the log again for a job that has delivered, and counts what it should have read. It believes nothing of the first
/// reading: bounds, cursor, client and the choice of records are its own. It begins some thousand records below the offset that
/// the log names for the time, and goes on until 65,536 records in a row lie beyond the range, or to the log's end; with
/// ProofKind::Log it reads all that the log holds, also in partitions that the job left out.
Result<std::vector<Looked>> read_again(const Job& job, LogReader& log);

}  // namespace reprise::replay
