#include "host/replay/job_runner.hpp"

#include <algorithm>

#include "host/base/time_text.hpp"
#include "host/replay/proof.hpp"
#include "host/replay/scratch.hpp"
#include "host/runtime/stream_state.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::replay {
namespace {

using namespace std::chrono_literals;
using runtime::Pipeline;
using runtime::StreamKey;
using runtime::StreamPlan;

constexpr auto kControlDeadline = 30s;  // of one blocking call to a plugin
constexpr auto kLook = 250ms;           // between two looks at the progress
constexpr auto kRateOver = 500ms;
constexpr auto kSlowAnswer = 1s;               // of the source; from then on it is shown
constexpr std::uint32_t kEndpointFaults = 20;  // in a row end a job: its webhook is down

}  // namespace

struct JobRunner::Event {
  enum class Kind : std::uint8_t { StreamEnded, Failed, Drained };
  Kind kind;
  runtime::StreamStatus status = {};
  Error error = {};
};

/// Brings the task's news from its shard to the runner's thread.
class JobRunner::Listener final : public runtime::TaskListener {
 public:
  explicit Listener(JobRunner& runner) : runner_(runner) {}
  void stream_ended(const runtime::StreamStatus& status) override { tell({Event::Kind::StreamEnded, status}); }
  void task_failed(const Error& error) override { tell({Event::Kind::Failed, {}, error}); }
  void task_drained(bool) override { tell({Event::Kind::Drained}); }

 private:
  void tell(Event event) {
    MutexLock lock(runner_.mutex_);
    runner_.events_.push_back(std::move(event));
    runner_.changed_.notify_all();
  }
  JobRunner& runner_;
};

JobRunner::JobRunner(Job job, Setup setup)
    : job_(std::move(job)), setup_(std::move(setup)), owner_(StreamKey::job_owner(job_.id)) {
  if (job_.is_dry_run) scratch_ = std::make_unique<Scratch>(setup_.services);
  progress_.is_running = true;
  thread_ = std::thread([this] { run(); });
}

JobRunner::~JobRunner() {
  if (thread_.joinable()) thread_.join();
}

void JobRunner::request_stop(BootTime deadline) {
  stop_calls_.request();
  MutexLock lock(mutex_);
  if (!is_stopping_) stop_deadline_ = deadline;
  is_stopping_ = true;
  changed_.notify_all();
}

bool JobRunner::is_done() const {
  MutexLock lock(mutex_);
  return is_done_;
}

bool JobRunner::is_waiting() const {
  MutexLock lock(mutex_);
  return is_waiting_;
}

Progress JobRunner::progress() const {
  const BootTime now = setup_.services.clock.boot();
  MutexLock lock(mutex_);
  Progress result = progress_;
  result.is_asking = asking_since_ < now - kSlowAnswer;
  return result;
}

void JobRunner::set_asking(bool is_asking) {
  MutexLock lock(mutex_);
  asking_since_ = is_asking ? setup_.services.clock.boot() : BootTime::max();
}

bool JobRunner::is_stop_requested() const {
  MutexLock lock(mutex_);
  return is_stopping_;
}

state::Store& JobRunner::job_state() { return scratch_ ? *scratch_->store : setup_.services.store; }

void JobRunner::run() {
  telemetry::info("job runs", {{"job", job_.id},
                               {"connector", job_.connector},
                               {"key", job_.key},
                               {"from", format_time(job_.from_ms)},
                               {"to", format_time(job_.to_ms)},
                               {"dry_run", job_.is_dry_run},
                               {"asker", job_.asker},
                               {"epoch", job_.epoch}});
  close(work());
  {
    MutexLock lock(mutex_);
    is_done_ = true;
    progress_.is_running = false;
  }
  setup_.is_done();
}

Result<JobRunner::End> JobRunner::work() {
  if (job_.is_cancel_requested) return End::Stopped;
  show_stored();
  set_asking(true);
  auto delivered = deliver();
  set_asking(false);
  if (!delivered || *delivered == End::Stopped) return delivered;
  return verify();
}

Result<JobRunner::End> JobRunner::deliver() {
  runtime::Services& services = scratch_ ? scratch_->services : setup_.services;
  Pipeline::Setup parts{.task_number = setup_.number, .endpoint_faults = kEndpointFaults, .stop = &stop_calls_};
  if (scratch_) {
    parts.parts = Pipeline::Parts::WithoutSink;
    parts.sink = &scratch_->sink;
  }
  auto pipeline = Pipeline::create(*setup_.connector, parts, services, setup_.place.shard(),
                                   services.clock.boot() + kControlDeadline);
  if (!pipeline) return pipeline.error();
  if (scratch_) scratch_->sink.settle_with([&](auto settlements) { (*pipeline)->settle(settlements); });
  if (auto found = find_place(); !found) return found.error();
  auto plans = plan_streams(**pipeline);
  if (!plans) return plans.error();
  auto ended = drive(**pipeline, *std::move(plans));
  services.health.clear("connector/" + job_.connector + "/" + std::to_string(setup_.number));
  if (auto counted = read_counters(); !counted) return counted.error();
  return ended;
}

// Where the job begins and ends is written down, with the start of each stream, before the first record is read: a later
// life goes on in this range, whatever the times would give then.
Result<> JobRunner::find_place() {
  const bool is_new = job_.partitions.empty();
  if (is_new) {
    auto range = look_for_range();
    if (!range) return range.error();
    job_.partitions = std::move(range->partitions);
    job_.warnings = std::move(range->warnings);
  }
  if (is_new || scratch_) {
    state::Batch batch;
    runtime::erase_owner(batch, owner_);  // of a life that ended between the two writes
    for (const JobPartition& each : job_.partitions)
      runtime::put_new_stream(batch, owner_, each.topic, each.partition, each.log_id, each.start);
    if (auto committed = job_state().commit(batch); !committed) return committed;
  }
  job_.state = JobState::Ongoing;
  job_.error_kind.clear();
  job_.error_message.clear();
  return setup_.jobs.progress(job_);
}

Result<Range> JobRunner::look_for_range() {
  auto log = open_log();
  if (!log) return log.error();
  auto range = find_range(job_, *setup_.connector, **log);
  if (!range) return range;
  if (auto found = find_ends(job_, **log, &*range); !found) return found.error();
  return range;
}

Result<std::unique_ptr<LogReader>> JobRunner::open_log() {
  return LogReader::create(*setup_.connector, setup_.number, setup_.services,
                           {.stop = &stop_calls_,
                            .deadline = [this] { return setup_.services.clock.boot() + kControlDeadline; },
                            .wait = [this](std::chrono::nanoseconds time) { return wait(time); }});
}

// Of a reading. False: a stop was requested.
bool JobRunner::wait(std::chrono::nanoseconds time) {
  MutexLock lock(mutex_);
  if (!is_stopping_ && time.count() > 0) changed_.wait_for(mutex_, time);
  return !is_stopping_;
}

// The partitions that are not at their end yet.
Result<std::vector<StreamPlan>> JobRunner::plan_streams(Pipeline& pipeline) {
  auto log_id = pipeline.log_id(setup_.services.clock.boot() + kControlDeadline);
  if (!log_id) return log_id.error();
  std::vector<StreamPlan> plans;
  for (const JobPartition& each : job_.partitions) {
    auto stored = runtime::load_stream(job_state(), owner_, each.topic, each.partition);
    if (!stored) return stored.error();
    if (!*stored)
      return fatal("state.corrupt",
                   "job " + job_.id + " has no progress of " + each.topic + "-" + std::to_string(each.partition));
    if (auto same = runtime::check_log(**stored, *log_id); !same) return same.error();
    if ((*stored)->checkpoint.watermark() >= each.end) continue;
    StreamPlan plan;
    plan.key = (*stored)->key;
    plan.from = std::move((*stored)->checkpoint);
    plan.end = each.end;
    plan.selection = {job_.key, job_.from_ms, job_.to_ms};
    plan.job = job_.id;
    plan.epoch = job_.epoch;
    plan.is_counted_by_minute = true;
    plans.push_back(std::move(plan));
  }
  return plans;
}

// Runs the task to its end and takes it down, whatever happens.
Result<JobRunner::End> JobRunner::drive(Pipeline& pipeline, std::vector<StreamPlan> plans) {
  set_asking(false);
  show_stored();
  Result<End> ended = End::Complete;
  if (!plans.empty()) {
    Listener listener(*this);
    pipeline.begin(listener);
    const std::size_t open = plans.size();
    for (StreamPlan& plan : plans) pipeline.open(std::move(plan));
    ended = wait_for_end(pipeline, open);
    pipeline.end();
  }
  BootTime deadline = setup_.services.clock.boot() + kControlDeadline;
  {
    MutexLock lock(mutex_);
    if (is_stopping_) deadline = std::min(deadline, std::max(stop_deadline_, setup_.services.clock.boot()) + 1s);
  }
  if (auto stopped = pipeline.stop(deadline); !stopped) {
    telemetry::warn("a plugin did not stop well",
                    {{"job", job_.id}, {"kind", stopped.error().kind}, {"reason", stopped.error().message}});
  }
  MutexLock lock(mutex_);
  events_.clear();
  return ended;
}

Result<JobRunner::End> JobRunner::wait_for_end(Pipeline& pipeline, std::size_t open) {
  bool is_draining = false;
  BootTime deadline = BootTime::max();
  while (open != 0) {
    std::deque<Event> events;
    bool is_stopping = false;
    {
      MutexLock lock(mutex_);
      if (events_.empty() && (is_draining || !is_stopping_)) changed_.wait_for(mutex_, kLook);
      events.swap(events_);
      is_stopping = is_stopping_;
      if (is_stopping && !is_draining) deadline = stop_deadline_;
    }
    for (const Event& event : events) {
      if (event.kind == Event::Kind::Failed) return event.error;
      if (event.kind == Event::Kind::Drained) return End::Stopped;
      --open;
      show({event.status}, {});
    }
    if (open == 0) break;
    if (is_stopping && !is_draining) {
      is_draining = true;
      pipeline.drain(deadline);
    }
    if (is_draining && setup_.services.clock.boot() > deadline + 1s) return End::Stopped;
    show(pipeline.status(), pipeline.trouble());
  }
  return End::Complete;
}

// Where the job stands before its task tells.
void JobRunner::show_stored() {
  std::vector<Progress::Partition> partitions;
  std::map<Place, runtime::Counters> counters;
  for (const JobPartition& each : job_.partitions) {
    Progress::Partition part{each.topic, each.partition, each.start, each.end, each.start};
    const auto stored = runtime::load_stream(job_state(), owner_, each.topic, each.partition);
    if (stored && *stored) {
      part.watermark = std::clamp((*stored)->checkpoint.watermark(), each.start, each.end);
      counters[{each.topic, each.partition}] = (*stored)->checkpoint.counters;
    }
    partitions.push_back(std::move(part));
  }
  MutexLock lock(mutex_);
  progress_.partitions = std::move(partitions);
  counters_ = std::move(counters);
  progress_.counters = {};
  for (const auto& [place, each] : counters_) progress_.counters.add(each);
}

void JobRunner::show(const std::vector<runtime::StreamStatus>& streams, runtime::TaskTrouble trouble) {
  const BootTime now = setup_.services.clock.boot();
  MutexLock lock(mutex_);
  progress_.trouble = std::move(trouble);
  progress_.held.clear();
  std::int64_t done = 0, left = 0;
  for (Progress::Partition& each : progress_.partitions) {
    for (const runtime::StreamStatus& stream : streams) {
      if (stream.topic != each.topic || stream.partition != each.partition) continue;
      each.watermark = std::clamp(stream.watermark, each.start, each.end);
      counters_[{each.topic, each.partition}] = stream.counters;
      // The log is longer than that, and there is nothing more to read.
      if (stream.is_idle && stream.position < std::min(each.end, stream.end_offset))
        progress_.held =
            each.topic + "-" + std::to_string(each.partition) + " from offset " + std::to_string(stream.position);
    }
    done += each.watermark - each.start;
    left += each.end - each.watermark;
  }
  progress_.counters = {};
  for (const auto& [place, counters] : counters_) progress_.counters.add(counters);
  if (rated_at_ == BootTime{}) {
    rated_at_ = now;
    rated_offsets_ = done;
  } else if (now - rated_at_ >= kRateOver) {
    const double seconds = std::chrono::duration<double>(now - rated_at_).count();
    const double rate = static_cast<double>(done - rated_offsets_) / seconds;
    progress_.records_per_second =
        progress_.records_per_second > 0 ? progress_.records_per_second * 0.7 + rate * 0.3 : rate;
    rated_at_ = now;
    rated_offsets_ = done;
  }
  progress_.eta_ms = progress_.records_per_second > 0
                         ? static_cast<std::int64_t>(1000 * static_cast<double>(left) / progress_.records_per_second)
                         : -1;
}

// From the store, not from the task: what is durable counts.
Result<> JobRunner::read_counters() {
  job_.counters = {};
  for (const JobPartition& each : job_.partitions) {
    auto stored = runtime::load_stream(job_state(), owner_, each.topic, each.partition);
    if (!stored) return stored.error();
    if (*stored) job_.counters.add((*stored)->checkpoint.counters);
  }
  MutexLock lock(mutex_);
  progress_.counters = job_.counters;
  return {};
}

// What the log holds is set against the outcomes.
Result<JobRunner::End> JobRunner::verify() {
  {
    MutexLock lock(mutex_);
    progress_.is_verifying = true;
    progress_.trouble = {};
    progress_.records_per_second = 0;
    progress_.eta_ms = -1;
  }
  for (const JobPartition& each : job_.partitions) {
    const auto stored = runtime::load_stream(job_state(), owner_, each.topic, each.partition);
    if (!stored) return stored.error();
    if (!*stored) continue;
    const auto outcomes = runtime::MinuteCounts::load(job_state(), (*stored)->key.minutes());
    if (!outcomes) return outcomes.error();
    report_.add_outcomes({each.topic, each.partition}, *outcomes);
  }
  auto log = open_log();
  if (!log) return log.error();
  auto looked = read_again(job_, **log);
  if (!looked) return looked.error();
  for (Looked& each : *looked) report_.add_log(std::move(each));
  return End::Complete;
}

}  // namespace reprise::replay
