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

  /// A task that runs, and what it reads.
  struct Reader {
    Pipeline* pipeline;
    const std::set<TopicPartition>* partitions;
  };

  BootTime next_due() const { return next_due_; }
  /// Of a partition at least nobody has said for a while where it ends.
  bool is_silent() const { return is_silent_; }
  /// The source has just answered something else: a task begins.
  void note_answer() { answered_ = clock_.boot(); }
  /// One question for all partitions, through the first of the tasks: they read one cluster.
  void ask(const std::vector<Reader>& readers);

 private:
  void note(const Result<>& answered);

  const std::string connector_;
  const Clock& clock_;
  BootTime next_due_{};
  BootTime answered_{};
  bool is_silent_ = false;
};

}  // namespace reprise::runtime
