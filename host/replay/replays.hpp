#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/config/config.hpp"
#include "host/replay/local_job_store.hpp"
#include "host/replay/progress.hpp"
#include "host/replay/request.hpp"
#include "host/runtime/call_stop.hpp"
#include "host/runtime/services.hpp"
#include "host/runtime/shard.hpp"

namespace reprise::replay {

class JobRunner;

/// A job as it is shown.
struct JobView {
  Job job;
  Progress progress;
  std::string report;  ///< JSON; empty before the end, and in lists
};
/// As the REST API and the command line show it.
std::string to_json(const JobView& view);

/// The replays of a worker: takes requests, keeps the jobs, runs up to jobs_max of them per connector. Owned by the worker;
/// its functions are for any thread. One thread schedules, one answers what needs the broker, and each running job has one.
///
/// Errors of requests: "request.*" (it is wrong), "unknown.*" or "job.unknown" (names something that is not there),
/// "job.conflict" (the webhook has an active job, or the job's state does not allow it), retriable: the broker is away.
class Replays {
 public:
  enum class Start : std::uint8_t {
    All,    ///< unfinished jobs of former processes go on
    Asked,  ///< only what is submitted or resumed here runs
  };
  using Answer = std::function<void(Result<Job>)>;

  Replays(runtime::Services& services, std::vector<runtime::Shard*> shards);
  ~Replays();
  Replays(const Replays&) = delete;
  Replays& operator=(const Replays&) = delete;

  /// Before the tables change for these connectors: jobs of one that is not among them as it is drain until the deadline and
  /// stay claimable, and until reload() none is claimed, so that each job meets the rows that its connector was made for. What
  /// does not stop in time goes on as it began.
  void release_changed(const std::vector<config::ConnectorConfig>& connectors, BootTime deadline);
  /// The connectors of mode replay among these are served from now on.
  void reload(const std::vector<config::ConnectorConfig>& connectors);
  void start(Start which = Start::All);
  /// Running jobs drain until the deadline, and stay claimable.
  void request_stop(BootTime deadline);
  /// False: something still runs.
  bool wait_stopped(BootTime deadline);

  /// Checks the request against the world (the broker: at most about 10 s) and stores the job. Nothing changes if it is refused.
  Result<Job> submit(const Request& request);
  /// The same on a thread of ours; answer is called once, from there.
  void submit_async(Request request, Answer answer);
  // asker: who wants it, for the log.
  Result<Job> cancel(const std::string& id, const std::string& asker = {});
  Result<Job> pause(const std::string& id, const std::string& asker = {});
  Result<Job> resume(const std::string& id, const std::string& asker = {});

  Result<std::vector<JobView>> list(const JobFilter& filter) const;
  Result<JobView> show(const std::string& id) const;
  std::int64_t now_ms() const { return services_.clock.wall_ms(); }

 private:
  using ConnectorRef = std::shared_ptr<const config::ConnectorConfig>;
  struct Running {
    std::unique_ptr<JobRunner> runner;
    ConnectorRef connector;
    std::uint32_t number = 0;  // of its slot in the connector
  };

  void schedule();
  void reap();
  void claim_more();
  bool claim_for(const ConnectorRef& connector) REQUIRES(mutex_);
  void answer_requests();
  Error stopping_or(Error error) const;
  Result<ConnectorRef> find_connector(const std::string& name) const;
  Progress progress_of(const Job& job) const;
  using Verb = Result<Job> (LocalJobStore::*)(const std::string& id);
  Result<Job> ask(const std::string& id, Verb verb);

  runtime::Services& services_;
  const std::vector<runtime::Shard*> shards_;
  const std::string incarnation_;
  LocalJobStore jobs_;

  runtime::CallStop stop_calls_;  // of requests; each runner has its own
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::map<std::string, ConnectorRef> connectors_ GUARDED_BY(mutex_);
  std::map<std::string, Running> running_ GUARDED_BY(mutex_);      // by job; the scheduler adds and removes
  std::map<std::string, BootTime> not_before_ GUARDED_BY(mutex_);  // jobs that wait for something to come back
  std::set<std::string> asked_ GUARDED_BY(mutex_);
  std::deque<std::function<void()>> requests_ GUARDED_BY(mutex_);
  Start which_ GUARDED_BY(mutex_) = Start::All;
  bool is_reloading_ GUARDED_BY(mutex_) = false;  // nothing is claimed
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  bool is_scheduling_ GUARDED_BY(mutex_) = false;
  bool is_answering_ GUARDED_BY(mutex_) = false;
  BootTime stop_deadline_ GUARDED_BY(mutex_){};
  std::thread scheduler_;
  std::thread answerer_;
};

}  // namespace reprise::replay
