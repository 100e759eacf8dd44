#include "host/replay/local_job_store.hpp"

#include "host/base/failpoint.hpp"
#include "host/base/text.hpp"
#include "host/runtime/stream_state.hpp"

namespace reprise::replay {
namespace {

std::string job_key(const std::string& id) { return "jj" + id; }
std::string report_key(const std::string& id) { return "jr" + id; }

void erase_streams(state::Batch* batch, const Job& job) {
  runtime::erase_owner(*batch, runtime::StreamKey::job_owner(job.id));
}

Error wrong_state(const Job& job, std::string_view verb) {
  return permanent("job.conflict",
                   "job " + job.id + " is " + std::string(name_of(job.state)) + ": it cannot be " + std::string(verb));
}

}  // namespace

Result<Job> LocalJobStore::get(const std::string& id) const {
  std::string text;
  const auto found = store_.get(job_key(id), &text);
  if (!found) return found.error();
  if (!*found) return permanent("job.unknown", "there is no job " + quoted(id));
  return decode(text);
}

Result<std::vector<Job>> LocalJobStore::list(const Wanted& wanted) const {
  std::vector<Job> jobs;
  Result<> sound;
  const auto scanned = store_.scan("jj", {}, [&](std::string_view, std::string_view text) {
    auto job = decode(text);
    if (!job) {
      sound = job.error();
    } else if (!wanted || wanted(*job)) {
      jobs.push_back(*std::move(job));
    }
    return sound.ok();
  });
  if (!scanned) return scanned.error();
  if (!sound) return sound.error();
  return jobs;
}

Result<std::string> LocalJobStore::report(const std::string& id) const {
  std::string text;
  const auto found = store_.get(report_key(id), &text);
  if (!found) return found.error();
  return text;
}

void LocalJobStore::watch(std::function<void(const Job&)> changed) {
  MutexLock lock(mutex_);
  changed_ = std::move(changed);
}

Result<> LocalJobStore::write(Job* job, state::Batch* batch) {
  job->updated_ms = clock_.wall_ms();
  batch->put(job_key(job->id), encode(*job));
  if (auto committed = store_.commit(*batch); !committed) return committed;
  if (changed_) changed_(*job);
  return {};
}

// One active job per webhook: two would send it the same records interleaved.
Result<> LocalJobStore::check_subject(const Job& job) const {
  auto others = list([&](const Job& each) {
    return each.id != job.id && is_active(each.state) && each.connector == job.connector && each.key == job.key;
  });
  if (!others) return others.error();
  if (others->empty()) return {};
  return permanent("job.conflict", "webhook " + quoted(job.key) + " has an active job already: " + others->front().id +
                                       " (" + std::string(name_of(others->front().state)) +
                                       (others->front().is_paused ? ", paused" : "") +
                                       "); wait for its end or cancel it");
}

void LocalJobStore::forget_old(state::Batch* batch) const {
  auto ended = list([](const Job& each) { return !is_active(each.state); });
  if (!ended || ended->size() < kKeptJobs) return;
  for (std::size_t i = 0; i + kKeptJobs <= ended->size(); ++i) {
    batch->erase(job_key((*ended)[i].id));
    batch->erase(report_key((*ended)[i].id));
    erase_streams(batch, (*ended)[i]);
  }
}

Result<Job> LocalJobStore::put(Job job) {
  MutexLock lock(mutex_);
  auto known = get(job.id);
  if (known || known.error().kind != "job.unknown") return known;
  if (auto free = check_subject(job); !free) return free.error();
  job.created_ms = clock_.wall_ms();
  state::Batch batch;
  forget_old(&batch);
  if (auto written = write(&job, &batch); !written) return written.error();
  REPRISE_FAILPOINT(after_job_put);
  return job;
}

Result<std::optional<Job>> LocalJobStore::claim(const std::string& incarnation, const Wanted& wanted) {
  MutexLock lock(mutex_);
  auto jobs = list([&](const Job& each) {
    const bool is_free = is_active(each.state) && !each.is_paused && each.owner != incarnation;
    return is_free && (!wanted || wanted(each));
  });
  if (!jobs) return jobs.error();
  if (jobs->empty()) return std::optional<Job>();
  Job job = std::move(jobs->front());
  ++job.epoch;
  job.owner = incarnation;
  if (job.state == JobState::Open) job.state = JobState::Started;
  state::Batch batch;
  if (auto written = write(&job, &batch); !written) return written.error();
  REPRISE_FAILPOINT(after_job_claim);
  return std::optional<Job>(std::move(job));
}

Result<Job> LocalJobStore::held(const Job& claimed) const {
  auto stored = get(claimed.id);
  if (!stored) return stored;
  if (stored->epoch == claimed.epoch && stored->owner == claimed.owner && is_active(stored->state)) return stored;
  return fatal("job.fenced", "job " + claimed.id + " is no longer ours: epoch " + std::to_string(stored->epoch) +
                                 ", ours is " + std::to_string(claimed.epoch));
}

Result<Job> LocalJobStore::heartbeat(const Job& claimed) {
  MutexLock lock(mutex_);
  return held(claimed);
}

Result<> LocalJobStore::progress(const Job& claimed) {
  MutexLock lock(mutex_);
  auto stored = held(claimed);
  if (!stored) return stored.error();
  Job next = claimed;
  next.is_paused = stored->is_paused;  // asked for by others meanwhile
  next.is_cancel_requested = stored->is_cancel_requested;
  state::Batch batch;
  return write(&next, &batch);
}

Result<> LocalJobStore::finish(const Job& claimed, const std::string& report) {
  MutexLock lock(mutex_);
  if (auto stored = held(claimed); !stored) return stored.error();
  REPRISE_FAILPOINT(before_job_finish);
  Job next = claimed;
  next.owner.clear();
  next.is_paused = false;
  state::Batch batch;
  // A failed job can be resumed, so its streams stay.
  if (next.state != JobState::Failed) erase_streams(&batch, next);
  if (!report.empty()) batch.put(report_key(next.id), report);
  return write(&next, &batch);
}

Result<> LocalJobStore::release(const Job& claimed) {
  MutexLock lock(mutex_);
  auto stored = held(claimed);
  if (!stored) return stored.error();
  Job next = claimed;
  next.owner.clear();
  next.is_paused = stored->is_paused;
  next.is_cancel_requested = stored->is_cancel_requested;
  state::Batch batch;
  return write(&next, &batch);
}

Result<Job> LocalJobStore::cancel(const std::string& id) {
  MutexLock lock(mutex_);
  auto job = get(id);
  if (!job || job->state == JobState::Cancelled || job->is_cancel_requested) return job;
  if (job->state == JobState::Completed) return wrong_state(*job, "cancelled");
  state::Batch batch;
  if (job->owner != incarnation_) {  // nobody runs it
    job->state = JobState::Cancelled;
    job->is_paused = false;
    erase_streams(&batch, *job);
  } else {
    job->is_cancel_requested = true;
    job->is_paused = false;
  }
  if (auto written = write(&*job, &batch); !written) return written.error();
  return job;
}

Result<Job> LocalJobStore::pause(const std::string& id) {
  MutexLock lock(mutex_);
  auto job = get(id);
  if (!job || job->is_paused) return job;
  if (!is_active(job->state) || job->is_cancel_requested) return wrong_state(*job, "paused");
  job->is_paused = true;
  state::Batch batch;
  if (auto written = write(&*job, &batch); !written) return written.error();
  return job;
}

Result<Job> LocalJobStore::resume(const std::string& id) {
  MutexLock lock(mutex_);
  auto job = get(id);
  if (!job) return job;
  if (job->state != JobState::Failed && !is_active(job->state)) return wrong_state(*job, "resumed");
  if (job->state == JobState::Failed) {
    if (auto free = check_subject(*job); !free) return free.error();
    job->state = job->partitions.empty() ? JobState::Open : JobState::Ongoing;
    job->is_cancel_requested = false;
  } else if (!job->is_paused) {
    return job;
  }
  job->is_paused = false;
  job->error_kind.clear();
  job->error_message.clear();
  state::Batch batch;
  if (auto written = write(&*job, &batch); !written) return written.error();
  return job;
}

}  // namespace reprise::replay
