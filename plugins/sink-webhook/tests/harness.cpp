#include "harness.hpp"

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "host/base/address_check.hpp"

namespace reprise::webhook::test {
namespace {

std::string text(reprise_text value) { return {value.data, value.size}; }
std::string text(reprise_bytes value) { return {reinterpret_cast<const char*>(value.data), value.size}; }
reprise_bytes bytes(const std::string& value) {
  return {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()};
}
reprise_text borrowed(const std::string& value) { return {value.data(), value.size()}; }

std::int64_t clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::int64_t Harness::now_ns() { return clock_ns(CLOCK_BOOTTIME); }

Harness::Harness() {
  library_ = dlopen(SINK_WEBHOOK_SO, RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) throw std::runtime_error(dlerror());
  plugin_ = static_cast<const reprise_plugin*>(dlsym(library_, "reprise_plugin_entry"));
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_fd_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_fd_, &event);
  fill_host();
}

Harness::~Harness() {
  if (self_ != nullptr) {
    plugin_->stop(self_, boot_ns(), &error_);
    plugin_->destroy(self_);
  }
  ::close(epoll_);
  ::close(wake_fd_);
}

void Harness::fill_host() {
  host_.struct_size = sizeof host_;
  host_.abi_minor = REPRISE_ABI_MINOR;
  host_.impl = this;
  host_.log_enabled = [](const reprise_host*, std::int32_t) -> std::int32_t { return 0; };
  host_.log = [](const reprise_host*, std::int32_t, reprise_text, const reprise_option*, std::size_t) {};
  host_.now = [](const reprise_host* host, std::int32_t clock) {
    return clock_ns(clock == REPRISE_CLOCK_BOOT ? CLOCK_BOOTTIME : CLOCK_REALTIME) + of(host).ahead_ns_;
  };
  host_.metric = [](const reprise_host* host, std::int32_t, reprise_text name, reprise_text,
                    const reprise_option* labels, std::size_t count) -> std::uint64_t {
    std::string full = text(name);
    for (std::size_t i = 0; i < count; ++i) full += "{" + text(labels[i].key) + "=" + text(labels[i].value) + "}";
    of(host).metric_names_.push_back(full);
    return of(host).metric_names_.size();
  };
  host_.measure = [](const reprise_host* host, std::uint64_t metric, double value) {
    Harness& harness = of(host);
    const std::string& name = harness.metric_names_.at(metric - 1);
    const bool is_gauge = name == "reprise_webhook_connections" || name == "reprise_webhook_in_flight";
    if (name == "reprise_webhook_attempt_seconds")
      harness.metrics_[name] += 1;  // the number of observations
    else
      harness.metrics_[name] = is_gauge ? value : harness.metrics_[name] + value;
  };
  host_.health = [](const reprise_host* host, reprise_text subject, std::int32_t state, const reprise_error*) {
    of(host).health.emplace_back(text(subject), state);
  };
  host_.watch = [](const reprise_host* host, std::int32_t fd, std::uint32_t events, reprise_error*) -> reprise_status {
    Harness& harness = of(host);
    ++harness.watch_calls;
    epoll_event event{};
    event.events =
        ((events & REPRISE_READABLE) != 0 ? EPOLLIN : 0u) | ((events & REPRISE_WRITABLE) != 0 ? EPOLLOUT : 0u);
    event.data.fd = fd;
    const bool is_known = harness.watched_.count(fd) > 0;
    const int operation = events == 0 ? EPOLL_CTL_DEL : is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(harness.epoll_, operation, fd, &event) != 0)
      harness.violations.push_back(std::string("watch: ") + strerror(errno));
    if (events == 0)
      harness.watched_.erase(fd);
    else
      harness.watched_[fd] = events;
    return REPRISE_OK;
  };
  host_.wake_at = [](const reprise_host* host, std::int64_t at_ns) {
    of(host).wake_at_ns_ = at_ns;
    ++of(host).wake_at_calls;
  };
  host_.wake = [](const reprise_host* host) {
    const std::uint64_t one = 1;
    if (::write(of(host).wake_fd_, &one, sizeof one) != sizeof one) return;
  };
  host_.resume = [](const reprise_host* host, std::uint64_t) { of(host).may_take_ = true; };
  host_.table = [](const reprise_host*, reprise_text name) -> std::uint64_t {
    return text(name) == "webhooks" ? 7 : 0;
  };
  host_.lookup = [](const reprise_host* host, std::uint64_t, const reprise_bytes* keys, std::size_t count,
                    reprise_row* out) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto found = of(host).rows_.find(text(keys[i]));
      out[i] = found == of(host).rows_.end() ? reprise_row{}
                                             : reprise_row{bytes(found->second.first), found->second.second, 0};
    }
  };
  host_.check_address = [](const reprise_host* host, reprise_bytes address, std::uint16_t port,
                           const reprise_text* allowed, std::size_t count, reprise_error* error) -> reprise_status {
    std::vector<AddressRange> ranges;
    for (std::size_t i = 0; i < count; ++i) ranges.push_back(AddressRange::parse(text(allowed[i])).value());
    const OutgoingRules rules{.machine = &of(host).machine_};
    const Result<> result = check_outgoing_address({address.data, address.size}, port, rules, ranges);
    if (result.ok()) return REPRISE_OK;
    std::strncpy(error->message, result.error().message.c_str(), sizeof error->message - 1);
    return REPRISE_PERMANENT;
  };
  host_.settle = [](const reprise_host* host, const reprise_settlement* settlements, std::size_t count) {
    Harness& harness = of(host);
    for (std::size_t i = 0; i < count; ++i) {
      const reprise_settlement& s = settlements[i];
      const auto held = harness.held_.find(s.handle);
      if (held == harness.held_.end() || held->second.is_settled)
        harness.violations.push_back("settled twice or unknown: " + std::to_string(s.handle));
      else
        held->second.is_settled = true;
      Settled& settled = harness.settled_.emplace_back();
      settled.handle = s.handle;
      settled.status = s.status;
      settled.code = s.code;
      if (s.error != nullptr) {
        settled.kind = s.error->kind;
        settled.message = s.error->message;
        settled.about = s.error->about;
        settled.retry_after_ms = s.error->retry_after_ms;
      }
      harness.may_take_ = true;
    }
  };
  host_.detach = [](const reprise_host* host, const reprise_record* record) -> const reprise_record* {
    ++of(host).detached;
    return record;
  };
  host_.lease_ns = [](const reprise_host* host, std::uint32_t) { return of(host).lease_ns_; };
}

reprise_status Harness::start(const Options& options) {
  std::vector<reprise_option> list;
  for (const auto& [key, value] : options) list.push_back({borrowed(key), borrowed(value), 0, 0});
  const reprise_status created = plugin_->create(&host_, list.data(), list.size(), &self_, &error_);
  if (created != REPRISE_OK) return created;
  const reprise_status started = plugin_->start(self_, boot_ns() + 5'000'000'000, &error_);
  if (started == REPRISE_OK) open();
  return started;
}

void Harness::open(std::uint32_t slot, const std::string& job, std::uint64_t epoch) {
  static const std::string kTopic = "events", kLog = "cluster-1";
  reprise_stream stream{};
  stream.struct_size = sizeof stream;
  stream.slot = slot;
  stream.job = borrowed(job);
  stream.epoch = epoch;
  stream.flags = job.empty() ? 0 : REPRISE_STREAM_REPLAY;
  stream.topic = borrowed(kTopic);
  stream.partition = 3;
  stream.log_id = borrowed(kLog);
  static_cast<const reprise_sink_api*>(plugin_->api)->open(self_, &stream, &error_);
}

void Harness::close(std::uint32_t slot) {
  static_cast<const reprise_sink_api*>(plugin_->api)->close(self_, slot, REPRISE_CLOSE_STOP);
}
void Harness::stop(std::chrono::milliseconds deadline) {
  plugin_->stop(self_, boot_ns() + std::chrono::nanoseconds(deadline).count(), &error_);
}
void Harness::set_row(const std::string& key, const std::string& json) { rows_[key] = {json, next_version_++}; }

std::uint64_t Harness::offer(const std::string& key, const std::string& value,
                             const std::function<void(reprise_record&)>& change) {
  const std::uint64_t handle = held_.size() + 1;
  Held& held = held_[handle];
  held.key = key;
  held.value = value;
  held.record.handle = handle;
  held.record.offset = static_cast<std::int64_t>(handle);
  held.record.key = bytes(held.key);
  held.record.value = bytes(held.value);
  held.record.partition = 3;
  held.record.attempt = 1;
  if (change) change(held.record);
  offered_.push_back(handle);
  return handle;
}

void Harness::offer_all() {
  while (may_take_ && !offered_.empty()) {
    may_take_ = false;
    std::vector<const reprise_record*> batch;
    for (std::size_t i = 0; i < offered_.size() && i < 256; ++i) batch.push_back(&held_[offered_[i]].record);
    std::size_t taken = 0;
    const auto* api = static_cast<const reprise_sink_api*>(plugin_->api);
    if (api->deliver(self_, batch.data(), batch.size(), &taken, &error_) != REPRISE_OK)
      violations.emplace_back("deliver failed");
    for (std::size_t i = 0; i < taken; ++i) {
      held_[offered_.front()].is_taken = true;
      offered_.pop_front();
    }
    if (taken == batch.size()) may_take_ = true;
  }
}

void Harness::loop_once(std::int64_t wait_ms) {
  std::array<epoll_event, 64> events;
  const std::int64_t until_wake_ms =
      wake_at_ns_ == INT64_MAX ? wait_ms : std::max<std::int64_t>(0, (wake_at_ns_ - boot_ns() + 999'999) / 1'000'000);
  const int count =
      epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(std::min(wait_ms, until_wake_ms)));
  reprise_error error{};
  bool is_woken = false;
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == wake_fd_) {
      std::uint64_t ignored = 0;
      is_woken = ::read(wake_fd_, &ignored, sizeof ignored) > 0;
      continue;
    }
    if (watched_.count(event.data.fd) == 0) continue;
    const auto mask = static_cast<std::uint32_t>(((event.events & EPOLLOUT) != 0 ? REPRISE_WRITABLE : 0) |
                                                 ((event.events & ~EPOLLOUT) != 0 ? REPRISE_READABLE : 0));
    plugin_->ready(self_, event.data.fd, mask, &error);
  }
  if (boot_ns() >= wake_at_ns_) {
    wake_at_ns_ = INT64_MAX;
    is_woken = true;
  }
  if (is_woken) plugin_->wake(self_, boot_ns(), &error);
}

bool Harness::run_until(const std::function<bool()>& done, std::chrono::milliseconds deadline) {
  const std::int64_t until_ns = now_ns() + std::chrono::nanoseconds(deadline).count();
  offer_all();
  while (!done()) {
    if (now_ns() >= until_ns) return false;
    loop_once(20);
    offer_all();
  }
  return true;
}

Settled Harness::wait_for(std::uint64_t handle, std::chrono::milliseconds deadline) {
  run_until([&] { return held_[handle].is_settled; }, deadline);
  for (const auto& settled : settled_) {
    if (settled.handle == handle) return settled;
  }
  return {};
}

Settled Harness::send(const std::string& key, const std::string& value) { return wait_for(offer(key, value)); }

reprise_route Harness::route(const std::string& key) {
  reprise_record record{};
  record.key = bytes(key);
  const reprise_record* list = &record;
  reprise_route route{};
  reprise_error error{};
  static_cast<const reprise_sink_api*>(plugin_->api)->route(self_, &list, 1, &route, &error);
  return route;
}

double Harness::metric(const std::string& name_and_label) const {
  const auto found = metrics_.find(name_and_label);
  return found == metrics_.end() ? 0 : found->second;
}

}  // namespace reprise::webhook::test
