#pragma once
#include <condition_variable>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/config/config.hpp"
#include "host/runtime/end_watch.hpp"
#include "host/runtime/pipeline.hpp"

namespace reprise::runtime {

/// States of a task, in Kafka Connect's words.
enum class TaskState : std::uint8_t { Unassigned, Running, Paused, Failed, Restarting, Stopped };
std::string_view name_of(TaskState state);

/// A live connector: keeps its tasks running. It resolves where each partition begins and writes that down before anything
/// is read, notices new partitions, and starts a failed task again after a pause.
///
/// Owned by the worker. One control thread of its own makes the blocking calls; the functions here are for any thread.
class Connector {
 public:
  struct TaskStatus {
    TaskState state = TaskState::Unassigned;
    std::string reason;  ///< of Failed and Restarting
    std::uint32_t restarts = 0;
  };

  Connector(config::ConnectorConfig config, Services& services, std::vector<Shard*> shards);
  /// Stops, without a deadline to speak of, if that did not happen.
  ~Connector();

  void start();
  /// Begins an orderly end: tasks drain until the deadline, plugins stop. Idempotent, may precede start().
  void request_stop(BootTime deadline);
  /// True: it has ended. False: the time is over and something (a plugin's stop) still hangs.
  bool wait_stopped(BootTime deadline);
  /// Only hot options differ: true if all instances took them.
  bool reconfigure(const config::ConnectorConfig& config);

  const config::ConnectorConfig& config() const { return config_; }
  std::vector<TaskStatus> task_status() const;

 private:
  struct Unit;
  struct Event;
  class Listener;

  void run();
  void start_unit(Unit& unit);
  Result<> try_start(Unit& unit);
  Result<> reach_source(Unit& unit);
  Result<std::vector<StreamPlan>> plan_streams(Unit& unit, Pipeline& pipeline, BootTime deadline);
  Result<std::int64_t> first_offset(Pipeline& pipeline, const TopicPartition& where, bool is_new_partition,
                                    BootTime deadline);
  void look_for_partitions();
  void ask_ends();
  void handle(const Event& event);
  void unit_failed(Unit& unit, const Error& error);
  void set_state(Unit& unit, TaskState state, std::string reason);
  void take_hot_options();
  void drain_all();
  std::int64_t progress_of(const Unit& unit) const;
  std::string subject(const Unit& unit) const;
  BootTime next_due() const;
  bool is_stop_requested() const;

  config::ConnectorConfig config_;
  Services& services_;
  const std::vector<Shard*> shards_;
  std::vector<std::unique_ptr<Unit>> units_;  // the control thread's
  BootTime next_look_{};
  EndWatch ends_;
  CallStop stop_calls_;

  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::deque<Event> events_ GUARDED_BY(mutex_);
  std::vector<TaskStatus> status_ GUARDED_BY(mutex_);
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  bool is_stopped_ GUARDED_BY(mutex_) = false;
  BootTime stop_deadline_ GUARDED_BY(mutex_) = BootTime::max();
  std::shared_ptr<const config::ConnectorConfig> wanted_ GUARDED_BY(mutex_);  // hot options to be taken
  bool is_reconfigured_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace reprise::runtime
