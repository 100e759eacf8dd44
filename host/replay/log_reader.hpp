#pragma once
#include <reprise/plugin.h>

#include <functional>
#include <memory>
#include <string>

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
  /// Waits so long. False: stop reading.
  using Wait = std::function<bool(std::chrono::nanoseconds)>;

  /// stop: ends calls that wait; borrowed. Retriable: the log is away.
  static Result<std::unique_ptr<LogReader>> create(const config::ConnectorConfig& connector, std::uint32_t number,
                                                   const runtime::Services& services, runtime::CallStop* stop,
                                                   BootTime deadline);
  ~LogReader();

  /// Answers what is asked of the log.
  runtime::Pipeline& source() { return *pipeline_; }
  /// Reads in order. The offset after what was read. Retriable: the log is away, or wait said stop.
  Result<std::int64_t> read(const Stretch& stretch, const Visit& visit, const Wait& wait);

 private:
  LogReader(const config::ConnectorConfig& connector, const runtime::Services& services)
      : name_(connector.name), clock_(services.clock), scratch_(services), shard_(services.clock) {}
  Result<> open(const Stretch& stretch, const Wait& wait);

  const std::string name_;
  const Clock& clock_;
  Scratch scratch_;
  runtime::Shard shard_;
  std::unique_ptr<runtime::Pipeline> pipeline_;
};

}  // namespace reprise::replay
