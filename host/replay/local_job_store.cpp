#include "host/replay/local_job_store.hpp"

#include <algorithm>

#include "host/base/failpoint.hpp"
#include "host/base/text.hpp"
#include "host/runtime/stream_state.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::replay {
namespace {

std::string job_key(const std::string& id) { return "jj" + id; }
std::string report_key(const std::string& id) { return "jr" + id; }

void erase_streams(state::Batch* batch, const std::string& job) {
  runtime::erase_owner(*batch, runtime::StreamKey::job_owner(job));
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

void LocalJobStore::Index::put(const Job& job) {
  erase(job.id);
  (is_active(job.state) ? active : ended)[job.id] = {job.id, job.connector, job.key, job.state, job.is_paused};
  if (is_active(job.state)) subjects[{job.connector, job.key}] = job.id;
}

void LocalJobStore::Index::erase(const std::string& id) {
  ended.erase(id);
  const auto line = active.find(id);
  if (line == active.end()) return;
  subjects.erase({line->second.connector, line->second.key});
  active.erase(line);
}

Result<> LocalJobStore::load_index() const {
  if (index_.is_loaded) return {};
  index_ = {};
  const auto scanned = store_.scan("jj", {}, [&](std::string_view key, std::string_view text) {
    if (const auto job = decode(text)) {
      index_.put(*job);
    } else {
      telemetry::error("a stored job cannot be read; it is left as it is, and is not run",
                       {{"job", key.substr(2)}, {"kind", job.error().kind}, {"reason", job.error().message}});
    }
    return true;
  });
  if (!scanned) return scanned;
  index_.is_loaded = true;
  return {};
}

Result<std::vector<Job>> LocalJobStore::list(const JobFilter& filter) const {
  std::vector<std::string> ids;
  {
    MutexLock lock(index_mutex_);
    if (auto loaded = load_index(); !loaded) return loaded.error();
    for (const Lines* const lines : {&index_.active, &index_.ended}) {
      if (filter.state && is_active(*filter.state) != (lines == &index_.active)) continue;
      std::size_t found = 0;
      const auto end = filter.before.empty() ? lines->end() : lines->lower_bound(filter.before);
      for (auto it = end; it != lines->begin() && found < filter.limit;) {
        const JobLine& line = (--it)->second;
        if (filter.state && line.state != *filter.state) continue;
        if (!filter.connector.empty() && line.connector != filter.connector) continue;
        ids.push_back(line.id);
        ++found;
      }
    }
  }
  std::sort(ids.begin(), ids.end(), std::greater<>());
  if (ids.size() > filter.limit) ids.resize(filter.limit);
  std::vector<Job> jobs;
  for (const std::string& id : ids) {
    auto job = get(id);
    if (!job && job.error().kind == "job.unknown") continue;  // forgotten meanwhile
    if (!job) return job.error();
    jobs.push_back(*std::move(job));
  }
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

Result<Job> LocalJobStore::write(Job job, state::Batch* batch) {
  job.updated_ms = clock_.wall_ms();
  batch->put(job_key(job.id), encode(job));
  if (auto committed = store_.commit(*batch); !committed) return committed.error();
  {
    MutexLock lock(index_mutex_);
    if (index_.is_loaded) index_.put(job);
  }
  if (changed_) changed_(job);
  return job;
}

// One active job per webhook: two would send it the same records interleaved.
Result<> LocalJobStore::check_subject(const Job& job) const {
  std::string other;
  {
    MutexLock lock(index_mutex_);
    if (auto loaded = load_index(); !loaded) return loaded;
    const auto subject = index_.subjects.find({job.connector, job.key});
    if (subject == index_.subjects.end() || subject->second == job.id) return {};
    const JobLine& line = index_.active.at(subject->second);
    other = line.id + " (" + std::string(name_of(line.state)) +
            (line.is_paused ? ", paused); resume it or cancel it" : "); wait for its end or cancel it");
  }
  return permanent("job.conflict", "webhook " + quoted(job.key) + " has an active job already: " + other);
}

// The ids of the ended jobs that are too many, oldest first; their erasure is put into the batch.
std::vector<std::string> LocalJobStore::forget_old(state::Batch* batch) const {
  std::vector<std::string> forgotten;
  {
    MutexLock lock(index_mutex_);
    for (auto it = index_.ended.begin();
         it != index_.ended.end() && index_.ended.size() - forgotten.size() >= kKeptJobs; ++it)
      forgotten.push_back(it->first);
  }
  for (const std::string& id : forgotten) {
    batch->erase(job_key(id));
    batch->erase(report_key(id));
    erase_streams(batch, id);
  }
  return forgotten;
}

Result<Job> LocalJobStore::put(Job job) {
  MutexLock lock(mutex_);
  auto known = get(job.id);
  if (known || known.error().kind != "job.unknown") return known;
  if (auto free = check_subject(job); !free) return free.error();
  job.created_ms = clock_.wall_ms();
  state::Batch batch;
  const std::vector<std::string> forgotten = forget_old(&batch);
  auto written = write(std::move(job), &batch);
  if (!written) return written;
  {
    MutexLock index_lock(index_mutex_);
    for (const std::string& id : forgotten) index_.erase(id);
  }
  REPRISE_FAILPOINT(after_job_put);
  return written;
}

Result<std::optional<Job>> LocalJobStore::claim(const std::string& incarnation, const Wanted& wanted) {
  MutexLock lock(mutex_);
  std::string id;
  {
    MutexLock index_lock(index_mutex_);
    if (auto loaded = load_index(); !loaded) return loaded.error();
    const auto found = std::find_if(index_.active.begin(), index_.active.end(), [&](const auto& each) {
      return !each.second.is_paused && (!wanted || wanted(each.second));
    });
    if (found == index_.active.end()) return std::optional<Job>();
    id = found->first;
  }
  auto job = get(id);
  if (!job) return job.error();
  ++job->epoch;
  job->owner = incarnation;
  if (job->state == JobState::Open) job->state = JobState::Started;
  state::Batch batch;
  auto written = write(*std::move(job), &batch);
  if (!written) return written.error();
  REPRISE_FAILPOINT(after_job_claim);
  return std::optional<Job>(*std::move(written));
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
  if (auto written = write(std::move(next), &batch); !written) return written.error();
  return {};
}

// What is asked of a job is looked at in the write that lets go of it: nothing that was accepted is lost.
Result<Job> LocalJobStore::finish(const Job& claimed, const std::string& report) {
  MutexLock lock(mutex_);
  auto stored = held(claimed);
  if (!stored) return stored;
  REPRISE_FAILPOINT(before_job_finish);
  if (stored->is_cancel_requested) return cancel_now(claimed);
  Job next = claimed;
  next.owner.clear();
  next.is_paused = false;
  state::Batch batch;
  // A failed job can be resumed, so its streams stay.
  if (next.state != JobState::Failed) erase_streams(&batch, next.id);
  if (!report.empty()) batch.put(report_key(next.id), report);
  return write(std::move(next), &batch);
}

Result<Job> LocalJobStore::release(const Job& claimed) {
  MutexLock lock(mutex_);
  auto stored = held(claimed);
  if (!stored) return stored;
  if (stored->is_cancel_requested) return cancel_now(claimed);
  Job next = claimed;
  next.owner.clear();
  next.is_paused = stored->is_paused;
  state::Batch batch;
  return write(std::move(next), &batch);
}

Result<Job> LocalJobStore::cancel_now(Job job) {
  job.state = JobState::Cancelled;
  job.is_cancel_requested = true;
  job.is_paused = false;
  job.owner.clear();
  job.outcome.clear();
  job.error_kind.clear();
  job.error_message.clear();
  state::Batch batch;
  erase_streams(&batch, job.id);
  return write(std::move(job), &batch);
}

Result<Job> LocalJobStore::cancel(const std::string& id) {
  MutexLock lock(mutex_);
  auto job = get(id);
  if (!job || job->state == JobState::Cancelled || job->is_cancel_requested) return job;
  if (job->state == JobState::Completed) return wrong_state(*job, "cancelled");
  if (job->owner != incarnation_) return cancel_now(*std::move(job));  // nobody runs it
  job->is_cancel_requested = true;
  job->is_paused = false;
  state::Batch batch;
  return write(*std::move(job), &batch);
}

Result<Job> LocalJobStore::pause(const std::string& id) {
  MutexLock lock(mutex_);
  auto job = get(id);
  if (!job || job->is_paused) return job;
  if (!is_active(job->state) || job->is_cancel_requested) return wrong_state(*job, "paused");
  job->is_paused = true;
  state::Batch batch;
  return write(*std::move(job), &batch);
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
  return write(*std::move(job), &batch);
}

}  // namespace reprise::replay
