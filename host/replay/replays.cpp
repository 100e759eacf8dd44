#include "host/replay/replays.hpp"

#include <algorithm>

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"
#include "host/replay/job_runner.hpp"
#include "host/replay/range.hpp"
#include "host/runtime/stream_state.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::replay {
namespace {

using namespace std::chrono_literals;
constexpr auto kLook = 1s;
constexpr auto kAgain = 2s;               // after something was away
constexpr auto kBrokerDeadline = 10s;     // of a request's questions to the broker
constexpr auto kStopSlack = 5s;           // for stopping plugins once a job has drained
constexpr std::size_t kMaxRequests = 64;  // that wait for an answer

constexpr const char* kStopping = "the worker is stopping";

// Every change that somebody asked for is one line: who, what, of which job.
Result<Job> log_change(std::string_view what, const std::string& asker, Result<Job> job) {
  if (!job) return job;
  telemetry::info("replay changed", {{"what", what},
                                     {"by", asker},
                                     {"job", job->id},
                                     {"connector", job->connector},
                                     {"key", job->key},
                                     {"from", format_time(job->from_ms)},
                                     {"to", format_time(job->to_ms)},
                                     {"dry_run", job->is_dry_run},
                                     {"state", name_of(job->state)}});
  return job;
}

Error away(std::string message) { return retriable("replay.unavailable", std::move(message)); }

}  // namespace

Replays::Replays(runtime::Services& services, std::vector<runtime::Shard*> shards)
    : services_(services),
      shards_(std::move(shards)),
      incarnation_(make_job_id(services.clock.wall_ms())),
      jobs_(services.store, services.clock, incarnation_) {}

Replays::~Replays() {
  request_stop(services_.clock.boot() + 30s);
  if (scheduler_.joinable()) scheduler_.join();
  if (answerer_.joinable()) answerer_.join();
}

void Replays::release_changed(const std::vector<config::ConnectorConfig>& connectors, BootTime deadline) {
  const auto is_changed = [&](const auto& each) {
    const config::ConnectorConfig& made_for = *each.second.connector;
    return std::none_of(connectors.begin(), connectors.end(), [&](const config::ConnectorConfig& next) {
      return next.name == made_for.name && next.mode == made_for.mode && next.fingerprint == made_for.fingerprint;
    });
  };
  MutexLock lock(mutex_);
  is_reloading_ = true;
  for (const auto& each : running_) {
    if (is_changed(each)) each.second.runner->request_stop(deadline);
  }
  const BootTime last = deadline + kStopSlack;
  while (true) {
    const auto left = std::find_if(running_.begin(), running_.end(), is_changed);
    if (left == running_.end()) return;
    if (services_.clock.boot() >= last) {
      return telemetry::error("a job does not stop: one of its plugins hangs; it goes on as it began",
                              {{"kind", "plugin.hangs"}, {"job", left->first}});
    }
    changed_.wait_for(mutex_, 50ms);
  }
}

void Replays::reload(const std::vector<config::ConnectorConfig>& connectors) {
  std::map<std::string, ConnectorRef> served;
  for (const config::ConnectorConfig& each : connectors) {
    if (each.mode == config::ConnectorConfig::Mode::Replay)
      served[each.name] = std::make_shared<const config::ConnectorConfig>(each);
  }
  MutexLock lock(mutex_);
  connectors_ = std::move(served);
  is_reloading_ = false;
  changed_.notify_all();
}

void Replays::start(Start which) {
  MutexLock lock(mutex_);
  if (is_stopping_ || scheduler_.joinable()) return;
  which_ = which;
  is_scheduling_ = is_answering_ = true;
  scheduler_ = std::thread([this] { schedule(); });
  answerer_ = std::thread([this] { answer_requests(); });
}

void Replays::request_stop(BootTime deadline) {
  stop_calls_.request();
  MutexLock lock(mutex_);
  if (!is_stopping_) stop_deadline_ = deadline;
  is_stopping_ = true;
  for (auto& [id, running] : running_) running.runner->request_stop(stop_deadline_);
  changed_.notify_all();
}

bool Replays::wait_stopped(BootTime deadline) {
  MutexLock lock(mutex_);
  while ((is_scheduling_ || is_answering_) && services_.clock.boot() < deadline) changed_.wait_for(mutex_, 50ms);
  return !is_scheduling_ && !is_answering_;
}

// The scheduler's thread: starts what may run, takes down what has ended.
void Replays::schedule() {
  while (true) {
    reap();
    claim_more();
    MutexLock lock(mutex_);
    if (is_stopping_ && running_.empty()) break;
    const bool has_ended =
        std::any_of(running_.begin(), running_.end(), [](const auto& each) { return each.second.runner->is_done(); });
    if (!has_ended)
      changed_.wait_for(mutex_, is_stopping_ ? std::chrono::nanoseconds(50ms) : std::chrono::nanoseconds(kLook));
  }
  MutexLock lock(mutex_);
  is_scheduling_ = false;
  changed_.notify_all();
}

void Replays::reap() {
  std::vector<Running> ended;  // their threads are joined without the lock, which they take
  {
    MutexLock lock(mutex_);
    for (auto it = running_.begin(); it != running_.end();) {
      if (!it->second.runner->is_done()) {
        ++it;
        continue;
      }
      if (it->second.runner->is_waiting()) not_before_[it->first] = services_.clock.boot() + kAgain;
      ended.push_back(std::move(it->second));
      it = running_.erase(it);
    }
  }
}

void Replays::claim_more() {
  MutexLock lock(mutex_);
  if (is_reloading_) return;
  for (const auto& [name, connector] : connectors_) {
    while (!is_stopping_ && claim_for(connector)) {
    }
  }
}

// One more job of this connector. False: none, or no room. The claim and its runner are one step under the lock, and so are what
// is asked of a job and the word to its runner: whoever comes second sees the first.
bool Replays::claim_for(const ConnectorRef& connector) {
  std::vector<bool> is_used(static_cast<std::size_t>(std::max(1, connector->jobs_max)));
  for (const auto& [id, each] : running_) {
    if (each.connector->name == connector->name && each.number < is_used.size()) is_used[each.number] = true;
  }
  const auto free = std::find(is_used.begin(), is_used.end(), false);
  if (free == is_used.end()) return false;
  const auto number = static_cast<std::uint32_t>(free - is_used.begin());
  const BootTime now = services_.clock.boot();
  auto claimed = jobs_.claim(incarnation_, [&](const JobLine& job) REQUIRES(mutex_) {
    if (job.connector != connector->name || running_.contains(job.id)) return false;
    if (which_ == Start::Asked && !asked_.contains(job.id)) return false;
    const auto wait = not_before_.find(job.id);
    return wait == not_before_.end() || wait->second <= now;
  });
  if (!claimed) {
    telemetry::warn(
        "jobs cannot be claimed",
        {{"connector", connector->name}, {"kind", claimed.error().kind}, {"reason", claimed.error().message}});
    return false;
  }
  if (!*claimed) return false;
  const std::string id = (*claimed)->id;
  auto runner = std::make_unique<JobRunner>(
      std::move(**claimed),
      JobRunner::Setup{connector, services_, runtime::ShardPlace::on_least_loaded(shards_), jobs_, number, [this] {
                         MutexLock lock(mutex_);
                         changed_.notify_all();
                       }});
  not_before_.erase(id);
  running_[id] = {std::move(runner), connector, number};
  return true;
}

Result<Replays::ConnectorRef> Replays::find_connector(const std::string& name) const {
  MutexLock lock(mutex_);
  if (name.empty()) {
    if (connectors_.size() == 1) return connectors_.begin()->second;
    return permanent("request.connector", connectors_.empty() ? "no connector has mode: replay"
                                                              : "connector is missing: several have mode: replay");
  }
  const auto found = connectors_.find(name);
  if (found != connectors_.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [each, connector] : connectors_) names.push_back(each);
  const std::string_view near = nearest(name, names);
  return permanent("unknown.connector",
                   "no connector " + quoted(name) + " of mode: replay" +
                       (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?"));
}

// Why a question to the broker has no answer.
Error Replays::stopping_or(Error error) const {
  MutexLock lock(mutex_);
  if (is_stopping_) return away(kStopping);
  return error.status == Status::Retriable ? away("the log does not answer, nothing was stored: " + error.message)
                                           : error;
}

Result<Job> Replays::submit(const Request& request) {
  auto connector = find_connector(request.connector);
  if (!connector) return connector.error();
  const std::int64_t now_ms = services_.clock.wall_ms();
  if (auto sound = check_request(request, **connector, services_.tables, now_ms); !sound) return sound.error();
  Job job;
  job.id = make_job_id(now_ms);
  job.connector = (*connector)->name;
  job.key = request.key;
  job.from_ms = request.from_ms;
  job.to_ms = request.to_ms;
  job.partition = request.partition;
  job.is_dry_run = request.is_dry_run;
  job.proof = request.proof;
  job.asker = request.asker;

  const BootTime deadline = services_.clock.boot() + kBrokerDeadline;  // of all questions together: somebody waits
  const auto wait = [&](std::chrono::nanoseconds time) {
    MutexLock lock(mutex_);
    if (!is_stopping_ && time.count() > 0) changed_.wait_for(mutex_, time);
    return !is_stopping_ && services_.clock.boot() < deadline;
  };
  auto log = LogReader::create(**connector, 0, services_,
                               {.stop = &stop_calls_, .deadline = [deadline] { return deadline; }, .wait = wait});
  if (!log) return stopping_or(log.error());
  auto range = find_range(job, **connector, **log);
  log->reset();
  if (!range) return stopping_or(range.error());
  if (!range->gone.empty()) return permanent("request.expired", std::move(range->gone));
  job.warnings = std::move(range->warnings);  // the offsets are found again when it runs
  const std::string id = job.id;
  {
    MutexLock lock(mutex_);
    if (is_stopping_) return away(kStopping);
    asked_.insert(id);
  }
  auto stored = jobs_.put(std::move(job));
  MutexLock lock(mutex_);
  changed_.notify_all();
  return log_change("submit", request.asker, std::move(stored));
}

void Replays::submit_async(Request request, Answer answer) {
  {
    MutexLock lock(mutex_);
    if (is_answering_ && !is_stopping_ && requests_.size() < kMaxRequests) {
      requests_.push_back(
          [this, request = std::move(request), answer = std::move(answer)] { answer(submit(request)); });
      changed_.notify_all();
      return;
    }
  }
  answer(away("too many requests wait, or the worker is stopping; try again"));
}

void Replays::answer_requests() {
  while (true) {
    std::function<void()> request;
    {
      MutexLock lock(mutex_);
      while (requests_.empty() && !is_stopping_) changed_.wait_for(mutex_, kLook);
      if (requests_.empty()) break;
      request = std::move(requests_.front());
      requests_.pop_front();
    }
    request();
  }
  MutexLock lock(mutex_);
  is_answering_ = false;
  changed_.notify_all();
}

// The job's runner, if it has one, looks at what was asked of it.
Result<Job> Replays::ask(const std::string& id, Verb verb) {
  MutexLock lock(mutex_);
  auto job = (jobs_.*verb)(id);
  if (!job) return job;
  const auto running = running_.find(id);
  if (running != running_.end()) running->second.runner->request_stop(services_.clock.boot() + kBrokerDeadline);
  changed_.notify_all();
  return job;
}

Result<Job> Replays::cancel(const std::string& id, const std::string& asker) {
  return log_change("cancel", asker, ask(id, &LocalJobStore::cancel));
}

Result<Job> Replays::pause(const std::string& id, const std::string& asker) {
  return log_change("pause", asker, ask(id, &LocalJobStore::pause));
}

Result<Job> Replays::resume(const std::string& id, const std::string& asker) {
  MutexLock lock(mutex_);
  auto job = log_change("resume", asker, jobs_.resume(id));
  if (!job) return job;
  asked_.insert(id);
  not_before_.erase(id);
  changed_.notify_all();
  return job;
}

// Of a job that nobody runs now: as its streams stand in the store.
Progress Replays::progress_of(const Job& job) const {
  {
    MutexLock lock(mutex_);
    const auto running = running_.find(job.id);
    if (running != running_.end()) return running->second.runner->progress();
  }
  Progress progress;
  progress.counters = job.counters;
  runtime::Counters counters;
  for (const JobPartition& each : job.partitions) {
    std::int64_t watermark = job.state == JobState::Completed ? each.end : each.start;
    const auto stored =
        runtime::load_stream(services_.store, runtime::StreamKey::job_owner(job.id), each.topic, each.partition);
    if (stored && *stored) {
      watermark = (*stored)->checkpoint.watermark();
      counters.add((*stored)->checkpoint.counters);
    }
    progress.partitions.push_back({each.topic, each.partition, each.start, each.end, watermark});
  }
  if (is_active(job.state)) progress.counters = counters;
  return progress;
}

Result<std::vector<JobView>> Replays::list(const JobFilter& filter) const {
  auto jobs = jobs_.list(filter);
  if (!jobs) return jobs.error();
  std::vector<JobView> views;
  for (Job& job : *jobs) {
    Progress progress = progress_of(job);
    views.push_back({std::move(job), std::move(progress), {}});
  }
  return views;
}

Result<JobView> Replays::show(const std::string& id) const {
  auto job = jobs_.get(id);
  if (!job) return job.error();
  auto report = jobs_.report(id);
  if (!report) return report.error();
  Progress progress = progress_of(*job);
  return JobView{*std::move(job), std::move(progress), *std::move(report)};
}

std::string to_json(const JobView& view) {
  config::JsonWriter json;
  json.begin_object();
  write_members(json, view.job);
  const Progress& progress = view.progress;
  json.key("progress").begin_object();
  json.member("running", progress.is_running)
      .member("verifying", progress.is_verifying)
      .member("share", progress.share());
  json.member("records_per_second", progress.records_per_second).member("eta_ms", progress.eta_ms);
  json.member("waits", progress.waits());
  json.key("counters");
  write_counters(json, progress.counters);
  json.key("partitions").begin_array();
  for (const Progress::Partition& each : progress.partitions) {
    json.begin_object().member("topic", each.topic).member("partition", each.partition).member("start", each.start);
    json.member("end", each.end).member("watermark", each.watermark).end_object();
  }
  json.end_array().end_object();
  json.key("report");
  view.report.empty() ? json.null() : json.raw(view.report);
  json.end_object();
  return json.take();
}

}  // namespace reprise::replay
