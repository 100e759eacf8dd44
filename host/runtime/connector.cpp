#include "host/runtime/connector.hpp"

#include <algorithm>
#include <array>

#include "host/runtime/connector_parts.hpp"
#include "host/runtime/retry.hpp"
#include "host/runtime/stream_state.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr auto kControlDeadline = 30s;  // of one blocking call to a plugin
constexpr auto kSilence = 2s;           // a source that answers later is spoken of
constexpr auto kLookForPartitions = 30s;

void warn_of_stop(const std::string& connector, int task, const Error& error) {
  telemetry::warn("a plugin did not stop well",
                  {{"connector", connector}, {"task", task}, {"kind", error.kind}, {"reason", error.message}});
}

}  // namespace

std::string_view name_of(TaskState state) {
  constexpr std::array<std::string_view, 6> kNames = {"UNASSIGNED", "RUNNING",    "PAUSED",
                                                      "FAILED",     "RESTARTING", "STOPPED"};
  return kNames[static_cast<std::size_t>(state)];
}

Connector::Connector(config::ConnectorConfig config, Services& services, std::vector<Shard*> shards)
    : config_(std::move(config)), services_(services), shards_(std::move(shards)), ends_(config_.name, services.clock) {
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(config_.tasks_max); ++i)
    units_.push_back(std::make_unique<Unit>(*this, i));
  for (const auto& unit : units_) services_.health.set(subject(*unit), telemetry::HealthState::Starting);
  status_.resize(units_.size());
}

Connector::~Connector() {
  request_stop(services_.clock.boot() + kControlDeadline);
  if (thread_.joinable()) thread_.join();
}

void Connector::start() {
  MutexLock lock(mutex_);
  if (!is_stopping_ && !thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Connector::request_stop(BootTime deadline) {
  stop_calls_.request();
  MutexLock lock(mutex_);
  if (!is_stopping_) stop_deadline_ = deadline;
  is_stopping_ = true;
  if (!thread_.joinable()) is_stopped_ = true;
  changed_.notify_all();
}

bool Connector::wait_stopped(BootTime deadline) {
  mutex_.lock();
  while (!is_stopped_ && services_.clock.boot() < deadline) changed_.wait_for(mutex_, 50ms);
  const bool is_stopped = is_stopped_;
  mutex_.unlock();
  return is_stopped;
}

bool Connector::is_stop_requested() const {
  MutexLock lock(mutex_);
  return is_stopping_;
}

std::vector<Connector::TaskStatus> Connector::task_status() const {
  MutexLock lock(mutex_);
  return status_;
}

void Connector::run() {
  next_look_ = services_.clock.boot() + kLookForPartitions;
  while (true) {
    const BootTime now = services_.clock.boot();
    for (auto& unit : units_) {
      if (unit->start_at <= now) start_unit(*unit);
    }
    if (now >= next_look_) look_for_partitions();
    if (now >= ends_.next_due()) ask_ends();
    std::deque<Event> events;
    {
      MutexLock lock(mutex_);
      const auto wait = std::min<std::chrono::nanoseconds>(next_due() - services_.clock.boot(), 1s);
      if (events_.empty() && !is_stopping_ && wanted_ == nullptr && wait > 0ns) changed_.wait_for(mutex_, wait);
      if (is_stopping_) break;  // with the events: drain_all waits for them
      events.swap(events_);
    }
    for (const Event& event : events) handle(event);
    take_hot_options();
  }
  drain_all();
  MutexLock lock(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
}

void Connector::take_hot_options() {
  std::shared_ptr<const config::ConnectorConfig> wanted;
  {
    MutexLock lock(mutex_);
    wanted = wanted_;
  }
  if (wanted == nullptr) return;
  bool is_taken = true;
  for (auto& unit : units_)
    is_taken = is_taken && unit->pipeline != nullptr && unit->pipeline->reconfigure(*wanted).ok();
  MutexLock lock(mutex_);
  if (wanted_ != wanted) return;  // the reload did not wait for it
  if (is_taken) config_ = *wanted;
  wanted_ = nullptr;
  is_reconfigured_ = is_taken;
  changed_.notify_all();
}

bool Connector::reconfigure(const config::ConnectorConfig& config) {
  const BootTime deadline = services_.clock.boot() + kControlDeadline;
  mutex_.lock();
  wanted_ = std::make_shared<const config::ConnectorConfig>(config);
  is_reconfigured_ = false;
  changed_.notify_all();
  while (wanted_ != nullptr && !is_stopped_ && services_.clock.boot() < deadline) changed_.wait_for(mutex_, 50ms);
  const bool is_taken = wanted_ == nullptr && is_reconfigured_;
  wanted_ = nullptr;
  mutex_.unlock();
  return is_taken;
}

std::string Connector::subject(const Unit& unit) const {
  return "connector/" + config_.name + "/" + std::to_string(unit.number);
}

BootTime Connector::next_due() const {
  BootTime next = std::min(next_look_, ends_.next_due());
  for (const auto& unit : units_) next = std::min(next, unit->start_at);
  return next;
}

void Connector::start_unit(Unit& unit) {
  unit.start_at = BootTime::max();
  const auto started = try_start(unit);
  if (!started) {
    unit.pipeline.reset();
    if (is_stop_requested()) return;  // a call that the stop has ended is no failure
    unit_failed(unit, started.error());
    return;
  }
  ends_.note_answer();
  set_state(unit, TaskState::Running, {});
  telemetry::info("task started",
                  {{"connector", config_.name}, {"task", unit.number}, {"partitions", unit.open.size()}});
}

Result<> Connector::try_start(Unit& unit) {
  const BootTime deadline = services_.clock.boot() + kControlDeadline;
  Pipeline::Setup setup{.task_number = unit.number, .stop = &stop_calls_, .trial = unit.trial};
  setup.parts = Pipeline::Parts::SourceOnly;  // until it was asked: a sink on its cluster waits in silence
  auto pipeline = Pipeline::create(config_, setup, services_, unit.place.shard(), deadline);
  if (!pipeline) return pipeline.error();
  unit.pipeline = *std::move(pipeline);
  unit.open.clear();
  if (auto reached = reach_source(unit); !reached) return reached;
  if (auto added = unit.pipeline->add_stages(config_, deadline); !added) return added;
  auto plans = plan_streams(unit, *unit.pipeline, services_.clock.boot() + kControlDeadline);
  if (!plans) return plans.error();
  unit.progress = progress_of(unit);
  unit.pipeline->begin(unit.listener);
  for (StreamPlan& plan : *plans) unit.pipeline->open(std::move(plan));
  return {};
}

// Names after a moment what is waited for: the source's reason knows it. Who asks next has more patience.
Result<> Connector::reach_source(Unit& unit) {
  const auto partitions = unit.pipeline->partitions("", services_.clock.boot() + kSilence);
  if (partitions || is_stop_requested()) return {};
  const Error& why = partitions.error();
  if (why.status != Status::Retriable) return why;
  if (unit.restarts == 0) services_.health.set(subject(unit), telemetry::HealthState::Starting, why.message);
  telemetry::warn("the task waits for its source",
                  {{"connector", config_.name}, {"task", unit.number}, {"kind", why.kind}, {"reason", why.message}});
  return {};
}

// The partitions of this unit that are not open yet, each with where it begins. What has no state gets it now, durable,
// before anything is read: in one write for all tasks, so that no other task takes them for new partitions.
Result<std::vector<StreamPlan>> Connector::plan_streams(Unit& unit, Pipeline& pipeline, BootTime deadline) {
  const std::string owner = StreamKey::connector_owner(config_.name);
  auto partitions = pipeline.partitions("", deadline);
  if (!partitions) return partitions.error();
  auto log_id = pipeline.log_id(deadline);
  if (!log_id) return log_id.error();

  std::vector<StreamPlan> plans;
  state::Batch batch;
  for (const TopicPartition& where : *partitions) {
    auto stored = load_stream(services_.store, owner, where.topic, where.partition);
    if (!stored) return stored.error();
    if (!*stored) {
      auto is_known = has_streams_of(services_.store, owner, where.topic);
      if (!is_known) return is_known.error();
      auto start = first_offset(pipeline, where, *is_known, services_.clock.boot() + kControlDeadline);
      if (!start) return start.error();
      *stored = put_new_stream(batch, owner, where.topic, where.partition, *log_id, *start);
      telemetry::info("partition begins", {{"connector", config_.name},
                                           {"topic", where.topic},
                                           {"partition", where.partition},
                                           {"offset", *start},
                                           {"new_partition", *is_known}});
    }
    if (auto same = check_log(**stored, *log_id); !same) return same.error();
    const bool is_ours = static_cast<std::uint32_t>(where.partition) % units_.size() == unit.number;
    if (!is_ours || unit.open.contains(where)) continue;
    StreamPlan plan;
    plan.key = (*stored)->key;
    plan.from = std::move((*stored)->checkpoint);
    plans.push_back(std::move(plan));
  }
  if (!batch.empty()) {
    if (auto committed = services_.store.commit(batch); !committed) return committed.error();
  }
  for (const StreamPlan& plan : plans) unit.open.insert({plan.key.topic, plan.key.partition});
  return plans;
}

void Connector::look_for_partitions() {
  next_look_ = services_.clock.boot() + kLookForPartitions;
  // With a source that does not answer everything: it may still know of new partitions, but is not waited for.
  const std::chrono::seconds patience = ends_.is_silent() ? kSilence : kControlDeadline;
  for (auto& unit : units_) {
    if (unit->pipeline == nullptr) continue;
    auto plans = plan_streams(*unit, *unit->pipeline, services_.clock.boot() + patience);
    if (!plans) {
      // A broker that is away is the source's to tell; that a topic is gone, nobody else notices.
      const bool may_pass = plans.error().status == Status::Retriable;
      telemetry::log(may_pass ? telemetry::Level::Debug : telemetry::Level::Warn, "looking for new partitions failed",
                     std::vector<telemetry::Field>{{"connector", config_.name},
                                                   {"task", unit->number},
                                                   {"kind", plans.error().kind},
                                                   {"reason", plans.error().message}});
      continue;
    }
    for (StreamPlan& plan : *plans) unit->pipeline->open(std::move(plan));
  }
}

void Connector::ask_ends() {
  std::vector<EndWatch::Reader> readers;
  for (const auto& unit : units_) {
    if (unit->pipeline != nullptr) readers.push_back({unit->pipeline.get(), &unit->open});
  }
  ends_.ask(readers);
}

void Connector::handle(const Event& event) {
  if (event.kind == Event::Kind::Failed) unit_failed(*units_[event.unit], event.error);
}

void Connector::unit_failed(Unit& unit, const Error& error) {
  if (unit.pipeline != nullptr) {
    unit.pipeline->end();
    if (auto stopped = unit.pipeline->stop(services_.clock.boot() + kControlDeadline); !stopped)
      warn_of_stop(config_.name, unit.number, stopped.error());
    unit.pipeline.reset();
    if (progress_of(unit) > unit.progress) unit.failures = 0;
  }
  // What only another configuration or another plugin file changes: once is enough.
  const bool is_option = !error.option.empty();
  if ((is_option || error.kind.starts_with("plugin.")) && error.status != Status::Retriable) {
    set_state(unit, TaskState::Failed, error.message);
    telemetry::error(
        is_option ? "task failed: its plugin refuses an option, so it is not started again before that is changed"
                  : "task failed: its plugin cannot be used, so it is not started again before that is changed",
        {{"connector", config_.name}, {"task", unit.number}, {"kind", error.kind}, {"reason", error.message}});
    return;
  }
  // What may pass by itself (a broker that is away) is tried without end; the rest has a cap.
  const bool may_pass = error.status == Status::Retriable;
  if (!may_pass) ++unit.failures;
  const auto cap = static_cast<std::uint32_t>(config_.restart.attempts);
  if (!may_pass && cap != 0 && unit.failures > cap) {
    const std::string reason =
        error.message + " (not started again after " + std::to_string(cap) + " attempts without progress)";
    set_state(unit, TaskState::Failed, reason);
    telemetry::error("task failed for good",
                     {{"connector", config_.name}, {"task", unit.number}, {"kind", error.kind}, {"reason", reason}});
    return;
  }
  ++unit.restarts;
  unit.trial = restart_text(config_.restart, unit.failures, error.message);
  const auto delay = may_pass ? std::chrono::nanoseconds(2s) : restart_delay(config_.restart, unit.failures);
  unit.start_at = services_.clock.boot() + delay;
  set_state(unit, may_pass ? TaskState::Restarting : TaskState::Failed, unit.trial);
  telemetry::error("task failed",
                   {{"connector", config_.name},
                    {"task", unit.number},
                    {"kind", error.kind},
                    {"reason", error.message},
                    {"again_in_ms", std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()}});
}

void Connector::set_state(Unit& unit, TaskState state, std::string reason) {
  if (state != TaskState::Running) {
    services_.health.set(subject(unit), telemetry::HealthState::Down, reason);
  } else {  // from here on the task itself tells how it is
    const auto health = unit.trial.empty() ? telemetry::HealthState::Up : telemetry::HealthState::Starting;
    services_.health.set(subject(unit), health, unit.trial);
  }
  for (const TaskState each : {TaskState::Running, TaskState::Failed, TaskState::Restarting, TaskState::Stopped}) {
    services_.metrics
        .gauge(
            "reprise_task_state", "1 for the state the task is in, 0 for the others.",
            {{"connector", config_.name}, {"task", std::to_string(unit.number)}, {"state", std::string(name_of(each))}})
        .set(each == state ? 1 : 0);
  }
  MutexLock lock(mutex_);
  status_[unit.number] = {state, std::move(reason), unit.restarts};
}

std::int64_t Connector::progress_of(const Unit& unit) const {
  std::int64_t sum = 0;
  for (const TopicPartition& where : unit.open) {
    const auto stored =
        load_stream(services_.store, StreamKey::connector_owner(config_.name), where.topic, where.partition);
    if (stored && *stored) sum += (*stored)->checkpoint.watermark();
  }
  return sum;
}

void Connector::drain_all() {
  BootTime deadline;
  {
    MutexLock lock(mutex_);
    deadline = stop_deadline_;
  }
  std::size_t draining = 0;
  for (auto& unit : units_) {
    if (unit->pipeline == nullptr) continue;
    unit->pipeline->drain(deadline);
    unit->is_draining = true;
    ++draining;
  }
  mutex_.lock();
  while (draining != 0 && services_.clock.boot() < deadline + 1s) {
    while (!events_.empty()) {
      Unit& unit = *units_[events_.front().unit];
      events_.pop_front();  // drained, or failed: either way its task is closed
      if (unit.is_draining) --draining;
      unit.is_draining = false;
    }
    if (draining != 0) changed_.wait_for(mutex_, 100ms);
  }
  mutex_.unlock();
  for (auto& unit : units_) {
    if (unit->pipeline != nullptr) {
      unit->pipeline->end();
      if (auto stopped = unit->pipeline->stop(deadline + 1s); !stopped)
        warn_of_stop(config_.name, unit->number, stopped.error());
      unit->pipeline.reset();
    }
    set_state(*unit, TaskState::Stopped, {});
    services_.health.clear(subject(*unit));
  }
}

}  // namespace reprise::runtime
