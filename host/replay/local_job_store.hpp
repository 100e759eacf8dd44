#pragma once
#include <map>
#include <utility>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/replay/job_store.hpp"
#include "host/state/store.hpp"

namespace reprise::replay {

/// The jobs of one worker in its own store: "jj<id>" is a job, "jr<id>" its report. Whoever holds the store is the only
/// claimer, so a job owned by another incarnation was left by a process that is gone. Ended jobs lose their streams' state
/// with the same write; of those, the newest kKeptJobs stay. A line of each job is kept in memory, so that claims and lists
/// cost what they give and not what is stored. A stored job that cannot be read is logged once and stands in nobody's way.
class LocalJobStore final : public JobStore {
 public:
  static constexpr std::size_t kKeptJobs = 1000;

  /// incarnation: of this process, under which it claims.
  LocalJobStore(state::Store& store, const Clock& clock, std::string incarnation)
      : store_(store), clock_(clock), incarnation_(std::move(incarnation)) {}

  Result<Job> put(Job job) override;
  Result<std::optional<Job>> claim(const std::string& incarnation, const Wanted& wanted) override;
  Result<Job> heartbeat(const Job& claimed) override;
  Result<> progress(const Job& claimed) override;
  Result<Job> finish(const Job& claimed, const std::string& report) override;
  Result<Job> release(const Job& claimed) override;
  Result<Job> cancel(const std::string& id) override;
  Result<Job> pause(const std::string& id) override;
  Result<Job> resume(const std::string& id) override;
  Result<Job> get(const std::string& id) const override;
  Result<std::vector<Job>> list(const JobFilter& filter) const override;
  Result<std::string> report(const std::string& id) const override;
  void watch(std::function<void(const Job&)> changed) override;

 private:
  using Lines = std::map<std::string, JobLine>;  // by id, so by age
  /// Of all jobs. Its lock is held for memory only, never while the store writes.
  struct Index {
    bool is_loaded = false;
    Lines active, ended;
    std::map<std::pair<std::string, std::string>, std::string>
        subjects;  // (connector, key) to the id of its active job

    void put(const Job& job);
    void erase(const std::string& id);
  };

  Result<> load_index() const REQUIRES(index_mutex_);
  Result<Job> held(const Job& claimed) const REQUIRES(mutex_);
  Result<> check_subject(const Job& job) const REQUIRES(mutex_);
  Result<Job> cancel_now(Job job) REQUIRES(mutex_);
  Result<Job> write(Job job, state::Batch* batch) REQUIRES(mutex_);
  std::vector<std::string> forget_old(state::Batch* batch) const REQUIRES(mutex_);

  state::Store& store_;
  const Clock& clock_;
  const std::string incarnation_;
  Mutex mutex_;  // one change at a time
  std::function<void(const Job&)> changed_ GUARDED_BY(mutex_);
  mutable Mutex index_mutex_;
  mutable Index index_ GUARDED_BY(index_mutex_);  // read from the store when it is first asked for
};

}  // namespace reprise::replay
