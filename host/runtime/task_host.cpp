#include "host/runtime/task_host.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <system_error>

#include "host/plugin/convert.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::runtime {
namespace {

telemetry::Level level_of(std::int32_t level) {
  switch (level) {
    case REPRISE_LOG_DEBUG:
      return telemetry::Level::Debug;
    case REPRISE_LOG_INFO:
      return telemetry::Level::Info;
    case REPRISE_LOG_WARN:
      return telemetry::Level::Warn;
    default:
      return telemetry::Level::Error;
  }
}

std::string metric_name(std::string_view plugin, std::string_view name) {
  if (name.starts_with("reprise_")) return std::string(name);
  std::string result = "reprise_" + std::string(plugin) + "_" + std::string(name);
  std::replace(result.begin(), result.end(), '-', '_');
  return result;
}

}  // namespace

TaskHost::Identity TaskHost::Identity::of(const std::string& connector, const std::string& plugin, Role role,
                                          std::size_t index) {
  constexpr std::array<std::string_view, 4> kNames = {"source", "transform", "sink", "dead_letter"};
  std::string name = connector + "/" + std::string(kNames[static_cast<std::size_t>(role)]);
  if (role == Role::Transform) name += "." + std::to_string(index);
  return {connector, std::move(name), plugin, role, index};
}

TaskHost::TaskHost(Identity identity, std::uint32_t task_number, Services& services, Loop& loop)
    : identity_(std::move(identity)),
      task_number_(task_number),
      services_(services),
      loop_(loop),
      tables_(services.tables.snapshot()) {}

TaskHost::~TaskHost() {
  const MutexLock lock(health_mutex_);
  const std::string owner = "connector/" + identity_.instance;
  for (const std::string& subject : troubles_) services_.health.clear_trouble(owner, subject);
  if (has_told_health_) services_.health.clear(owner);
}

void TaskHost::attach(Task& task, plugin::Instance& instance) {
  instance_ = &instance;
  timer_.emplace(loop_, [this] { is_woken_ = true; });
  loop_.add(this);
  task_ = &task;
}

void TaskHost::detach() {
  {
    MutexLock lock(foreign_mutex_);
    task_ = nullptr;
  }
  for (const int fd : watched_) loop_.watch(fd, 0, {}, this);
  watched_.clear();
  loop_.remove(this);
  timer_.reset();
  instance_ = nullptr;
}

bool TaskHost::pump() {
  services_.tables.refresh(&tables_);  // one that looks nothing up must not keep what was replaced
  Task* const task = task_;
  if (task == nullptr) return false;
  if (is_woken_.exchange(false)) {
    if (auto woken = instance_->wake(loop_.now().ns); !woken) task->fail(woken.error());
    task->want_turn();
  }
  if (is_resumed_.exchange(false)) {
    std::vector<std::uint64_t> resumed;
    {
      MutexLock lock(resumed_mutex_);
      resumed.swap(resumed_);
    }
    for (const std::uint64_t number : resumed) {
      if (identity_.role == Role::Source) {
        task->source_resumed(static_cast<std::uint32_t>(number));
      } else if (identity_.role == Role::Sink) {
        task->sink_resumed(number);
      } else {
        task->want_turn();
      }
    }
  }
  return is_woken_.load(std::memory_order_relaxed);
}

bool TaskHost::log_enabled(std::int32_t level) noexcept { return telemetry::enabled(level_of(level)); }

void TaskHost::log(std::int32_t level, std::string_view message, std::span<const reprise_option> fields) noexcept {
  std::vector<telemetry::Field> all;
  all.reserve(fields.size() + 2);
  all.emplace_back("connector", identity_.connector);
  all.emplace_back("instance", identity_.instance);
  for (const reprise_option& field : fields) {
    all.emplace_back(view(field.key),
                     (field.flags & REPRISE_OPTION_SECRET) != 0 ? std::string_view("******") : view(field.value));
  }
  telemetry::log(level_of(level), message, all);
}

std::int64_t TaskHost::now(std::int32_t clock) noexcept {
  return clock == REPRISE_CLOCK_WALL ? services_.clock.wall_ms() * 1'000'000 : services_.clock.boot().ns;
}

std::uint64_t TaskHost::metric(std::int32_t kind, std::string_view name, std::string_view help,
                               std::span<const reprise_option> labels) noexcept {
  // "orders/transform.1" is transform.1 of its connector: two of one plugin count apart, and so do two tasks.
  const std::string stage = identity_.instance.substr(identity_.instance.rfind('/') + 1);
  telemetry::Labels all = {
      {"connector", identity_.connector}, {"stage", stage}, {"task", std::to_string(task_number_)}};
  for (const reprise_option& label : labels) all.emplace(std::string(view(label.key)), std::string(view(label.value)));
  const std::string full = metric_name(identity_.plugin, name);
  switch (kind) {
    case REPRISE_COUNTER:
      return measured_.number_of(&services_.metrics.counter(full, help, all));
    case REPRISE_GAUGE:
      return measured_.number_of(&services_.metrics.gauge(full, help, all));
    case REPRISE_HISTOGRAM:
      return measured_.number_of(&services_.metrics.histogram(full, help, all));
    default:
      return 0;
  }
}

void TaskHost::measure(std::uint64_t metric, double value) noexcept { measured_.measure(metric, value); }

void TaskHost::health(std::string_view subject, std::int32_t state, const reprise_error* why) noexcept {
  const std::string owner = "connector/" + identity_.instance;
  const auto reason = why == nullptr ? std::string_view() : std::string_view(why->message);
  const MutexLock lock(health_mutex_);
  if (subject.empty()) {
    constexpr std::array kStates = {telemetry::HealthState::Up, telemetry::HealthState::Degraded,
                                    telemetry::HealthState::Down, telemetry::HealthState::Invalid};
    const bool is_known = state >= REPRISE_UP && state <= REPRISE_INVALID;
    services_.health.set(owner, is_known ? kStates[static_cast<std::size_t>(state)] : telemetry::HealthState::Down,
                         reason);
    has_told_health_ = true;
  } else if (state == REPRISE_UP) {
    services_.health.clear_trouble(owner, subject);
    troubles_.erase(std::string(subject));
  } else {
    // An endpoint that is down is its owner's trouble: the worker still works.
    services_.health.set_trouble(owner, subject, reason);
    troubles_.emplace(subject);
  }
}

Result<> TaskHost::watch(std::int32_t fd, std::uint32_t events) noexcept {
  std::uint32_t wanted = 0;
  if ((events & REPRISE_READABLE) != 0) wanted |= EPOLLIN;
  if ((events & REPRISE_WRITABLE) != 0) wanted |= EPOLLOUT;
  if (wanted == 0 || instance_ == nullptr) {
    // Off the shard (in stop) nothing of this instance is watched any more: detach has seen to it.
    watched_.erase(fd);
    if (instance_ != nullptr) loop_.watch(fd, 0, {}, this);
    return {};
  }
  const auto on_ready = [this](int ready_fd, std::uint32_t ready) {
    std::uint32_t told = 0;
    if ((ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) told |= REPRISE_READABLE;
    if ((ready & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) told |= REPRISE_WRITABLE;
    if (Task* const task = task_; task != nullptr) {
      if (auto answered = instance_->ready(ready_fd, told); !answered) task->fail(answered.error());
      task->want_turn();
    }
  };
  if (const int error = loop_.watch(fd, wanted, on_ready, this); error != 0) {
    return permanent("watch.descriptor", "descriptor " + std::to_string(fd) +
                                             " cannot be watched: " + std::system_category().message(error));
  }
  watched_.insert(fd);
  return {};
}

void TaskHost::wake_at(std::int64_t at_ns) noexcept {
  if (timer_) timer_->arm(at_ns == INT64_MAX ? BootTime::max() : BootTime{at_ns});
}

void TaskHost::wake() noexcept {
  is_woken_ = true;
  loop_.notify();
}

void TaskHost::resume(std::uint64_t slot_or_group) noexcept {
  {
    MutexLock lock(resumed_mutex_);
    resumed_.push_back(slot_or_group);
  }
  is_resumed_ = true;
  loop_.notify();
}

std::uint64_t TaskHost::table(std::string_view name) noexcept { return services_.tables.number(name); }

void TaskHost::lookup(std::uint64_t table, std::span<const reprise_bytes> keys, reprise_row* out) noexcept {
  if (tables_at_ != loop_.now()) services_.tables.refresh(&tables_);
  tables_at_ = loop_.now();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const tables::Row* const row = tables_.find(table, view(keys[i]));
    out[i] = row == nullptr ? reprise_row{} : reprise_row{plugin::to_bytes(row->json), row->version, 0};
  }
}

void TaskHost::settle(std::span<const reprise_settlement> settlements) noexcept {
  if (loop_.is_own_thread()) {
    if (Task* const task = task_; task != nullptr) task->settle(settlements);
    return;
  }
  MutexLock lock(foreign_mutex_);
  if (Task* const task = task_; task != nullptr) task->settle(settlements);
}

const reprise_record* TaskHost::detach(const reprise_record* record) noexcept {
  Task* const task = task_;
  return task == nullptr ? record : task->detach(record);
}

// One worker: nobody else can own what this one runs, so there is no lease to lose.
std::int64_t TaskHost::lease_ns(std::uint32_t) noexcept { return INT64_MAX; }

Result<> TaskHost::state_write(std::span<const reprise_state_op> changes) noexcept {
  Task* const task = task_;
  if (task == nullptr) return permanent("state.closed", "there is no task whose state could be written");
  return task->state_write(identity_.index, changes);
}

std::int32_t TaskHost::state_get(std::uint32_t slot, reprise_bytes key, reprise_bytes* value) noexcept {
  Task* const task = task_;
  if (task == nullptr) return -1;
  const std::int32_t found = task->state_get(identity_.index, slot, view(key), &read_value_);
  if (found == 1) *value = plugin::to_bytes(read_value_);
  return found;
}

std::int32_t TaskHost::state_scan(std::uint32_t slot, reprise_bytes prefix, reprise_bytes after,
                                  std::span<reprise_entry> out) noexcept {
  Task* const task = task_;
  if (task == nullptr) return -1;
  read_entries_.clear();
  const std::int32_t count =
      task->state_scan(identity_.index, slot, view(prefix), view(after), out.size(), &read_entries_);
  for (std::int32_t i = 0; i < count; ++i) {
    const auto& [key, value] = read_entries_[static_cast<std::size_t>(i)];
    out[static_cast<std::size_t>(i)] = {plugin::to_bytes(key), plugin::to_bytes(value), 0};
  }
  return count;
}

}  // namespace reprise::runtime
