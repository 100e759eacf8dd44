#pragma once
#include <set>
#include <string>
#include <vector>

#include "host/runtime/pipeline.hpp"

namespace reprise::runtime {

/// Asks a connector's source every two seconds where the partitions end, and tells the tasks: what a poll says of it stands
/// still with the reading, be it that the sink is away, the disk is full, the broker is gone or nothing comes, and lag would
/// stand still with it at a number that looks well. A source that does not answer is named in the log, once, and by its tasks.
/// Owned by the connector, on its control thread.
class EndWatch {
 public:
  EndWatch(std::string connector, const Clock& clock) : connector_(std::move(connector)), clock_(clock) {}

  BootTime next_due() const { return next_due_; }
  bool is_silent() const { return is_silent_; }
  /// One question for all partitions, through the first of the pipelines that run: they read one cluster.
  void ask(const std::vector<Pipeline*>& running, const std::set<TopicPartition>& partitions);

 private:
  void note(const Result<PartitionEnds>& ends);

  const std::string connector_;
  const Clock& clock_;
  BootTime next_due_{};
  BootTime answered_{};
  bool is_silent_ = false;
};

}  // namespace reprise::runtime
