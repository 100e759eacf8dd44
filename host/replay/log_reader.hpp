#pragma once
#include <reprise/plugin.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/replay/scratch.hpp"
#include "host/runtime/call_stop.hpp"
#include "host/runtime/pipeline.hpp"
#include "host/runtime/shard.hpp"

namespace reprise::replay {

/// The log as it is, for whoever has to judge rather than deliver: a source instance of its own, so a client and a cursor of
/// its own, on a thread of its own. Has nothing of the way of a record: no Scan, no Selection, no Task. Used by one thread.
class LogReader {
 public:
  /// The stretch [start, end) of one partition.
  struct Stretch {
    runtime::TopicPartition where;
    std::string log_id;
    std::int64_t start = 0, end = 0;
    std::int64_t idle_ends_from = INT64_MAX;  ///< from this offset on, "nothing more for now" is an end too
  };
  /// On the reader's thread. False: enough; the record is not read.
  using Visit = std::function<bool(const reprise_record&)>;
  /// How long its user has.
  struct Patience {
    runtime::CallStop* stop = nullptr;   ///< ends calls that wait; borrowed
    std::function<BootTime()> deadline;  ///< of a question that is asked now: what was read before may have taken hours
    /// Waits so long. False: stop reading.
    std::function<bool(std::chrono::nanoseconds)> wait;
  };

  /// Retriable: the log is away.
  static Result<std::unique_ptr<LogReader>> create(const config::ConnectorConfig& connector, std::uint32_t number,
                                                   const runtime::Services& services, Patience patience);
  ~LogReader();

  // What the source says of the log; as Pipeline's.
  Result<std::string> log_id() { return pipeline_->log_id(patience_.deadline()); }
  Result<std::vector<runtime::TopicPartition>> partitions(const std::string& topic) {
    return pipeline_->partitions(topic, patience_.deadline());
  }
  Result<std::optional<std::int32_t>> partition_for_key(const std::string& topic, std::string_view key) {
    return pipeline_->partition_for_key(topic, key, patience_.deadline());
  }
  Result<std::int64_t> resolve(const runtime::TopicPartition& where, std::int32_t at, std::int64_t time_ms = -1) {
    return pipeline_->resolve(where, at, time_ms, patience_.deadline());
  }
  /// Reads in order. The offset after what was read. Retriable: the log is away, or wait said stop.
  Result<std::int64_t> read(const Stretch& stretch, const Visit& visit);
  /// Where the log ended when the last reading looked, with what an open transaction holds back; -1: the source did not say.
  std::int64_t log_end() const { return log_end_; }

 private:
  LogReader(const config::ConnectorConfig& connector, const runtime::Services& services, Patience patience)
      : name_(connector.name),
        clock_(services.clock),
        patience_(std::move(patience)),
        scratch_(services),
        shard_(services.clock) {}
  Result<> open(const Stretch& stretch);

  const std::string name_;
  const Clock& clock_;
  const Patience patience_;
  Scratch scratch_;
  runtime::Shard shard_;
  std::unique_ptr<runtime::Pipeline> pipeline_;
  std::int64_t log_end_ = -1;
};

}  // namespace reprise::replay
