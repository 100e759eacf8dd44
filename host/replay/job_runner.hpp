#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/config/config.hpp"
#include "host/replay/job_store.hpp"
#include "host/replay/progress.hpp"
#include "host/replay/range.hpp"
#include "host/replay/report.hpp"
#include "host/runtime/pipeline.hpp"
#include "host/runtime/shard_place.hpp"

namespace reprise::replay {

struct Scratch;

/// Runs one claimed job on a thread of its own: finds its range, makes its start durable, drives a pipeline over it, has the
/// log read a second time (proof.hpp), and writes the report. Asked to stop, it drains and gives the job back. The functions are for any
/// thread.
class JobRunner {
 public:
  struct Setup {
    std::shared_ptr<const config::ConnectorConfig> connector;
    runtime::Services& services;
    runtime::ShardPlace place;
    JobStore& jobs;
    std::uint32_t number = 0;       ///< of the task, for metrics
    std::function<void()> is_done;  ///< told once, from its thread
  };

  JobRunner(Job job, Setup setup);
  /// Joins. REQUIRES: done or asked to stop.
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  /// Lets go of the job by the deadline; what the store says about it (cancelled, paused) decides how.
  void request_stop(BootTime deadline);
  bool is_done() const;
  /// Something was away, the log or the store: try again later.
  bool is_waiting() const;
  Progress progress() const;

 private:
  struct Event;
  class Listener;
  enum class End : std::uint8_t { Complete, Stopped };
  using Place = std::pair<std::string, std::int32_t>;

  void run();
  Result<End> work();
  Result<End> deliver();
  Result<End> verify();
  Result<> find_place();
  Result<Range> look_for_range();
  Result<std::vector<runtime::StreamPlan>> plan_streams(runtime::Pipeline& pipeline);
  Result<End> drive(runtime::Pipeline& pipeline, std::vector<runtime::StreamPlan> plans);
  Result<End> wait_for_end(runtime::Pipeline& pipeline, std::size_t open);
  Result<std::unique_ptr<LogReader>> open_log();
  bool wait(std::chrono::nanoseconds time);
  void show(const std::vector<runtime::StreamStatus>& streams, runtime::TaskTrouble trouble);
  Result<> read_counters();
  void show_stored();
  void set_asking(bool is_asking);
  void close(const Result<End>& ended);
  Result<Job> store_patiently(const std::function<Result<Job>()>& change);
  bool is_stop_requested() const;
  state::Store& job_state();

  Job job_;
  const Setup setup_;
  const std::string owner_;
  std::unique_ptr<Scratch> scratch_;  // of a dry run
  Report report_;

  runtime::CallStop stop_calls_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::deque<Event> events_ GUARDED_BY(mutex_);
  Progress progress_ GUARDED_BY(mutex_);
  std::map<Place, runtime::Counters> counters_ GUARDED_BY(mutex_);
  BootTime asking_since_ GUARDED_BY(mutex_) = BootTime::max();
  BootTime rated_at_ GUARDED_BY(mutex_){};
  std::int64_t rated_offsets_ GUARDED_BY(mutex_) = 0;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  BootTime stop_deadline_ GUARDED_BY(mutex_){};
  bool is_done_ GUARDED_BY(mutex_) = false;
  bool is_waiting_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace reprise::replay
