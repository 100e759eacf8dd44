#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/base/result.hpp"
#include "host/replay/job.hpp"

namespace reprise::replay {

/// What is known of a job without reading it.
struct JobLine {
  std::string id, connector, key;
  JobState state = JobState::Open;
  bool is_paused = false;
};

/// Which jobs are looked for.
struct JobFilter {
  std::optional<JobState> state = {};
  std::string connector = {};  ///< empty: any
  std::string before = {};     ///< only older ones than this id; empty: from the newest on
  std::size_t limit = SIZE_MAX;
};

/// Where jobs live and who runs them. Errors: "job.unknown" (no such id), "job.conflict" (the subject has an active job, or
/// the job's state does not allow it), "job.fenced" (somebody else has claimed it since: stop), and the store's own.
/// Thread-safe. Each change is durable when its call returns.
class JobStore {
 public:
  using Wanted = std::function<bool(const JobLine&)>;

  virtual ~JobStore() = default;

  /// Adds an Open job. The same id again gives the job that is there. One active job per (connector, key): else
  /// "job.conflict" with its id.
  virtual Result<Job> put(Job job) = 0;
  /// The oldest active job that is not paused and that `wanted` takes, now owned by incarnation under the next epoch; an Open
  /// one is Started. `wanted` leaves out what this incarnation runs already: a job that it owns and does not run was left
  /// without a last write, and is taken up again.
  virtual Result<std::optional<Job>> claim(const std::string& incarnation, const Wanted& wanted) = 0;
  /// Is it still ours, and what is asked of it? (is_cancel_requested, is_paused)
  virtual Result<Job> heartbeat(const Job& claimed) = 0;
  /// Writes state, partitions, warnings and error of a claimed job.
  virtual Result<> progress(const Job& claimed) = 0;
  /// Ends a claimed job (Completed, Failed) with its report; empty: none. Gives the job as it was left: Cancelled, if that
  /// was asked for in time.
  virtual Result<Job> finish(const Job& claimed, const std::string& report) = 0;
  /// Gives an unfinished one back: it is Cancelled if that was asked for, else it stays claimable unless it is paused.
  virtual Result<Job> release(const Job& claimed) = 0;

  /// An unowned job is Cancelled at once; of another it is asked. Idempotent.
  virtual Result<Job> cancel(const std::string& id) = 0;
  /// Keeps an active job from running; its owner has to give it back.
  virtual Result<Job> pause(const std::string& id) = 0;
  /// A paused or failed job may run again from where it was.
  virtual Result<Job> resume(const std::string& id) = 0;

  virtual Result<Job> get(const std::string& id) const = 0;
  /// Newest first. Reads the jobs that it gives, not those that it passes over.
  virtual Result<std::vector<Job>> list(const JobFilter& filter) const = 0;
  /// The report of a finished job, JSON; empty: none.
  virtual Result<std::string> report(const std::string& id) const = 0;
  /// Called after every change, from the thread that made it; must not call the store.
  virtual void watch(std::function<void(const Job&)> changed) = 0;
};

}  // namespace reprise::replay
