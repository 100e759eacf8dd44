#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "host/plugin/instance.hpp"
#include "host/runtime/call_stop.hpp"
#include "host/runtime/placement.hpp"
#include "host/runtime/services.hpp"
#include "host/runtime/shard.hpp"
#include "host/runtime/task.hpp"
#include "host/runtime/task_host.hpp"
#include "host/runtime/topic_partition.hpp"

namespace reprise::runtime {

/// The plugin instances of one task, and the task: made, started, run and stopped together. Owned by whoever runs the unit
/// (a connector, a job), used by one control thread, except where a function says otherwise.
class Pipeline {
 public:
  /// How far it is built: some uses need less than the whole.
  enum class Parts : std::uint8_t {
    All,
    SourceOnly,   ///< to look at the log: bounds, times, a second reading; or until add_stages
    WithoutSink,  ///< a dry run: no sink and no dead letters of the connector's, `sink` stands in
  };
  struct Setup {
    Parts parts = Parts::All;
    std::uint32_t task_number = 0;
    std::uint32_t endpoint_faults = 0;  ///< TaskSettings::endpoint_faults
    Sink* sink = nullptr;               ///< instead of the connector's own; borrowed
    CallStop* stop = nullptr;           ///< ends the calls that wait; borrowed
    std::string trial = {};             ///< TaskSettings::trial
  };

  /// Loads, creates and starts the plugins; on failure nothing is left behind. Retriable: the same may succeed later.
  static Result<std::unique_ptr<Pipeline>> create(const config::ConnectorConfig& connector, Setup setup,
                                                  Services& services, Shard& shard, BootTime deadline);
  /// What stands behind the source, for who has first asked a source alone. REQUIRES: created with SourceOnly.
  Result<> add_stages(const config::ConnectorConfig& connector, BootTime deadline);
  /// Ends the task at once if it still runs, then stops the plugins.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // The source's answers, before or while the task runs. Each ends at its deadline, or soon after a requested stop.
  Result<std::vector<TopicPartition>> partitions(const std::string& topic, BootTime deadline);
  /// The offset of a place: REPRISE_AT_EARLIEST, _LATEST, _TIME. -1: past the last record.
  Result<std::int64_t> resolve(const TopicPartition& where, std::int32_t at, std::int64_t time_ms, BootTime deadline);
  /// Adds where these partitions end now. Not OK: why some are missing.
  Result<> find_ends(const std::set<TopicPartition>& partitions, BootTime deadline, PartitionEnds* ends);
  /// Where the producer put this key; empty: unknown, read all.
  Result<std::optional<std::int32_t>> partition_for_key(const std::string& topic, std::string_view key,
                                                        BootTime deadline);
  Result<std::string> log_id(BootTime deadline);

  /// For a reading of one's own: its [task] calls are made within Shard::run, while no task has begun.
  Source& source() { return *source_; }

  /// Begins the task. The listener is told on the shard's thread, and outlives the pipeline.
  void begin(TaskListener& listener);
  /// REQUIRES: begun.
  void open(StreamPlan plan);
  /// Tells the task, without waiting for it. REQUIRES: begun.
  void note_ends(std::shared_ptr<const Result<PartitionEnds>> ends);
  /// Asks for an orderly end; the listener is told.
  void drain(BootTime deadline);
  /// For the sink that stands in: outcomes of records it was given. On the shard's thread, from within its deliver.
  void settle(std::span<const reprise_settlement> settlements) { task_->settle(settlements); }
  /// Closes the task and takes it off its shard: afterwards the listener is told nothing more. Idempotent.
  void end();
  /// Stops the plugins: their threads are joined. Not OK: one of them did not stop in time. REQUIRES: no task, or end().
  Result<> stop(BootTime deadline);
  /// [any-thread] Where its streams stand; empty when there is no task.
  std::vector<StreamStatus> status();
  /// [any-thread] What its task waits for; nothing when there is no task.
  TaskTrouble trouble();
  /// Hot options changed: tells the instances. Not OK: the pipeline must be made anew.
  Result<> reconfigure(const config::ConnectorConfig& connector);

 private:
  struct Part {
    TaskHost::Role role;
    std::unique_ptr<TaskHost> host;
    std::unique_ptr<plugin::Instance> instance;
  };

  Pipeline(const config::ConnectorConfig& connector, Setup setup, Services& services, Shard& shard);
  Result<> add(const Placement& placement, BootTime deadline);
  void release_records();
  plugin::Instance* find(TaskHost::Role role);
  const reprise_source_api& source_api() { return *find(TaskHost::Role::Source)->source(); }

  const std::string connector_;
  TaskSettings settings_;
  const Setup setup_;
  Services& services_;
  Shard& shard_;
  std::vector<Part> parts_;         // the first of the connector's placements
  std::unique_ptr<Source> source_;  // the stages borrow from the instances
  std::vector<std::unique_ptr<Transform>> transforms_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Sink> dead_letter_;
  std::unique_ptr<Task> task_;  // lives on the shard's thread
  bool is_ended_ = false;       // it is closed, and keeps only what the sinks still have
};

}  // namespace reprise::runtime
