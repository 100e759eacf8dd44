#include "lib/kafka/testing/plugin_host.hpp"

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "lib/kafka/testing/cluster.hpp"

namespace reprise::kafka::testing {
namespace {

using Lock = std::lock_guard<std::mutex>;

std::int64_t clock_ns(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::string text_of(reprise_text text) { return {text.data, text.size}; }

}  // namespace

std::int64_t deadline_ns(double seconds) { return clock_ns(CLOCK_BOOTTIME) + static_cast<std::int64_t>(seconds * 1e9); }

Options cluster_options(Options more) {
  const bool has_servers =
      std::ranges::any_of(more, [](const auto& option) { return option.first == "cluster.bootstrap_servers"; });
  if (!has_servers) more.emplace_back("cluster.bootstrap_servers", require_env("KAFKA_BOOTSTRAP"));
  more.emplace_back("cluster", "main");
  return more;
}

PluginHost::PluginHost(const std::string& file, const std::string& instance, const Options& options,
                       const std::function<void(const reprise_plugin&, void* self)>& beside_start)
    : instance_(instance) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event wake_event{.events = EPOLLIN, .data = {.fd = wake_fd_}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_fd_, &wake_event);

  host_.struct_size = sizeof(host_);
  host_.abi_minor = REPRISE_ABI_MINOR;
  host_.impl = this;
  host_.instance = {instance_.data(), instance_.size()};
  host_.max_in_flight_bytes = 64 << 20;
  host_.max_in_flight_records = 128;
  host_.log_enabled = [](const reprise_host*, std::int32_t) { return 1; };
  host_.log = [](const reprise_host* host, std::int32_t level, reprise_text text, const reprise_option* fields,
                 std::size_t count) {
    std::string line = text_of(text);
    for (std::size_t i = 0; i < count; ++i) line += " " + text_of(fields[i].key) + "=" + text_of(fields[i].value);
    if (std::getenv("KAFKA_TEST_LOG") != nullptr) std::fprintf(stderr, "[%d] %s\n", level, line.c_str());
    const Lock lock(of(host).mutex_);
    of(host).logs_.push_back(std::move(line));
  };
  host_.now = [](const reprise_host*, std::int32_t which) {
    return clock_ns(which == REPRISE_CLOCK_BOOT ? CLOCK_BOOTTIME : CLOCK_REALTIME);
  };
  host_.metric = [](const reprise_host*, std::int32_t, reprise_text, reprise_text, const reprise_option*, std::size_t) {
    return std::uint64_t{1};
  };
  host_.measure = [](const reprise_host*, std::uint64_t, double) {};
  host_.health = [](const reprise_host* host, reprise_text, std::int32_t state, const reprise_error* why) {
    const Lock lock(of(host).mutex_);
    of(host).healths_.push_back({state, why != nullptr ? why->kind : ""});
  };
  host_.watch = [](const reprise_host* host, std::int32_t fd, std::uint32_t events, reprise_error*) -> reprise_status {
    static_assert(static_cast<unsigned>(EPOLLIN) == REPRISE_READABLE);
    epoll_event event{
        .events = (events & REPRISE_READABLE) | ((events & REPRISE_WRITABLE) != 0 ? std::uint32_t{EPOLLOUT} : 0U),
        .data = {.fd = fd}};
    if (events == 0) {
      epoll_ctl(of(host).epoll_, EPOLL_CTL_DEL, fd, nullptr);
    } else if (epoll_ctl(of(host).epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
      epoll_ctl(of(host).epoll_, EPOLL_CTL_MOD, fd, &event);
    }
    return REPRISE_OK;
  };
  host_.wake_at = [](const reprise_host*, std::int64_t) {};
  host_.wake = [](const reprise_host* host) {
    const Lock lock(of(host).mutex_);
    of(host).is_woken_ = true;
    static_cast<void>(!eventfd_write(of(host).wake_fd_, 1));
  };
  host_.resume = [](const reprise_host* host, std::uint64_t slot) {
    const Lock lock(of(host).mutex_);
    of(host).resumed_.insert(slot);
    static_cast<void>(!eventfd_write(of(host).wake_fd_, 1));
  };
  host_.settle = [](const reprise_host* host, const reprise_settlement* settlements, std::size_t count) {
    const Lock lock(of(host).mutex_);
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_new = of(host)
                              .settled_
                              .emplace(settlements[i].handle,
                                       Settled{settlements[i].status,
                                               settlements[i].error != nullptr ? settlements[i].error->kind : ""})
                              .second;
      if (!is_new) of(host).logs_.push_back("settled twice");
    }
  };

  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  plugin_ = static_cast<const reprise_plugin*>(dlsym(library, "reprise_plugin_entry"));
  if (plugin_ == nullptr) throw std::runtime_error(file + " exports no plugin");

  std::vector<reprise_option> flat;
  for (const auto& [key, value] : options)
    flat.push_back({{key.data(), key.size()}, {value.data(), value.size()}, 0, 0});
  reprise_error error{};
  if (plugin_->create(&host_, flat.data(), flat.size(), &self_, &error) != REPRISE_OK) {
    throw std::runtime_error(std::string(error.option) + "|" + error.message);
  }
  std::jthread beside;
  if (beside_start) beside = std::jthread([&] { beside_start(*plugin_, self_); });
  const reprise_status started = plugin_->start(self_, deadline_ns(20), &error);
  if (beside.joinable()) beside.join();
  if (started != REPRISE_OK) {
    const std::string why = std::string(error.kind) + "|" + error.message;
    plugin_->destroy(self_);
    throw std::runtime_error(why);
  }
}

PluginHost::~PluginHost() {
  if (plugin_->request_stop != nullptr) plugin_->request_stop(self_);
  reprise_error error{};
  if (plugin_->stop(self_, deadline_ns(20), &error) != REPRISE_OK) {
    std::fprintf(stderr, "stop failed: %s\n", error.message);
    std::abort();
  }
  plugin_->destroy(self_);
  close(wake_fd_);
  close(epoll_);
}

reprise_status PluginHost::stop() {
  reprise_error error{};
  return plugin_->stop(self_, deadline_ns(20), &error);
}

void PluginHost::serve(int timeout_ms) {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  reprise_error error{};
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == wake_fd_) {
      eventfd_t value = 0;
      eventfd_read(wake_fd_, &value);
      bool is_woken = false;
      {
        const Lock lock(mutex_);
        is_woken = std::exchange(is_woken_, false);
      }
      if (is_woken && plugin_->wake != nullptr) plugin_->wake(self_, clock_ns(CLOCK_BOOTTIME), &error);
    } else {
      ++ready_count_;
      plugin_->ready(self_, event.data.fd,
                     ((event.events & EPOLLIN) != 0 ? std::uint32_t{REPRISE_READABLE} : 0U) |
                         ((event.events & EPOLLOUT) != 0 ? std::uint32_t{REPRISE_WRITABLE} : 0U),
                     &error);
    }
  }
}

bool PluginHost::run_until(const std::function<bool()>& done, double seconds) {
  const std::int64_t until = deadline_ns(seconds);
  while (!done()) {
    const std::int64_t left_ms = (until - clock_ns(CLOCK_BOOTTIME)) / 1'000'000;
    if (left_ms <= 0) return false;
    serve(static_cast<int>(std::min<std::int64_t>(left_ms, 50)));
  }
  return true;
}

std::set<std::uint64_t> PluginHost::take_resumed() {
  const Lock lock(mutex_);
  return std::exchange(resumed_, {});
}

std::map<std::uint64_t, PluginHost::Settled> PluginHost::settled() {
  const Lock lock(mutex_);
  return settled_;
}

std::vector<PluginHost::Health> PluginHost::healths() {
  const Lock lock(mutex_);
  return healths_;
}

std::size_t PluginHost::count_logs(const std::string& part) {
  const Lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(logs_, [&](const std::string& line) { return line.find(part) != std::string::npos; }));
}

}  // namespace reprise::kafka::testing
