#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/runtime/outcome.hpp"
#include "host/runtime/task.hpp"

namespace reprise::replay {

/// Where a job stands at a moment.
struct Progress {
  struct Partition {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t start = 0, end = 0;
    std::int64_t watermark = 0;  ///< everything below is final
  };

  bool is_running = false;    ///< some runner has it now
  bool is_asking = false;     ///< for a while already it asks the source where its range lies: the log is away, or slow
  bool is_verifying = false;  ///< delivered; the log is being read again for the report
  std::vector<Partition> partitions;
  runtime::Counters counters;
  runtime::TaskTrouble trouble;
  std::string held;               ///< where an open transaction holds back what the range still has; empty: nowhere
  double records_per_second = 0;  ///< read, over the last seconds, smoothed
  std::int64_t eta_ms = -1;       ///< until the last offset, at this rate; -1: unknown

  /// One short line: what the job waits for. Empty: nothing that it knows of.
  std::string waits() const;
  /// 0 to 1, of the offsets to read.
  double share() const {
    std::int64_t done = 0, all = 0;
    for (const Partition& each : partitions) {
      done += each.watermark - each.start;
      all += each.end - each.start;
    }
    return all <= 0 ? 0 : static_cast<double>(done) / static_cast<double>(all);
  }
};

}  // namespace reprise::replay
