#include "host/runtime/loop.hpp"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace reprise::runtime {
namespace {

constexpr int kEventsPerTurn = 128;
constexpr std::int64_t kLongestWaitMs = 1000;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

std::uintptr_t this_thread() { return static_cast<std::uintptr_t>(pthread_self()); }

}  // namespace

Loop::Timer::Timer(Loop& loop, std::function<void()> on_time) : loop_(loop), on_time_(std::move(on_time)) {
  loop_.timers_.push_back(this);
}

Loop::Timer::~Timer() { std::erase(loop_.timers_, this); }

Loop::Loop(const Clock& clock)
    : clock_(clock),
      now_(clock.boot()),
      epoll_fd_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_fd_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  watch(wake_fd_, EPOLLIN, [](int fd, std::uint32_t) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = read(fd, &count, sizeof count);
  });
}

Loop::~Loop() {
  close(wake_fd_);
  close(epoll_fd_);
}

bool Loop::is_own_thread() const { return thread_.load(std::memory_order_relaxed) == this_thread(); }

int Loop::watch(int fd, std::uint32_t events, OnReady on_ready, const void* owner) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  const auto found = watches_.find(fd);
  const bool is_own = found != watches_.end() && found->second.owner == owner;
  if (events == 0) {
    if (!is_own) return 0;
    epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
    retired_.push_back(std::move(found->second.on_ready));  // it may be the one that is running
    watches_.erase(found);
    return 0;
  }
  // The function stays: it may be the one that is running.
  if (is_own && epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  // Where the kernel knows no watch of it, the one that is remembered was of a descriptor that is closed.
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) return errno;
  if (found != watches_.end()) {
    retired_.push_back(std::move(found->second.on_ready));
    found->second = Watch{std::move(on_ready), owner};
  } else {
    watches_.emplace(fd, Watch{std::move(on_ready), owner});
  }
  return 0;
}

void Loop::post(std::function<void()> work) {
  {
    MutexLock lock(mutex_);
    posted_.push_back(std::move(work));
  }
  notify();
}

void Loop::notify() {
  // The write is only needed while the loop waits; between its turns it looks at is_notified_.
  is_notified_.store(true, std::memory_order_seq_cst);
  if (!is_waiting_.exchange(false, std::memory_order_seq_cst)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = write(wake_fd_, &one, sizeof one);
}

void Loop::stop() {
  is_stopping_.store(true);
  notify();
}

int Loop::wait_ms() const {
  BootTime next = BootTime::max();
  for (const Timer* timer : timers_) next = std::min(next, timer->at_);
  if (next == BootTime::max()) return static_cast<int>(kLongestWaitMs);
  const std::int64_t left_ns = next.ns - now_.ns;
  return left_ns <= 0 ? 0 : static_cast<int>(std::min(kLongestWaitMs, (left_ns + 999'999) / 1'000'000));
}

void Loop::run_timers() {
  due_.clear();
  for (Timer* timer : timers_) {
    if (timer->at_ <= now_) due_.push_back(timer);
  }
  for (Timer* timer : due_) {
    // A function that ran before may have destroyed or disarmed this one.
    if (std::find(timers_.begin(), timers_.end(), timer) == timers_.end() || timer->at_ > now_) continue;
    timer->at_ = BootTime::max();
    timer->on_time_();
  }
}

void Loop::run_posted() {
  std::vector<std::function<void()>> work;
  {
    MutexLock lock(mutex_);
    work.swap(posted_);
  }
  for (auto& each : work) each();
}

bool Loop::pump_all() {
  bool is_more_to_do = false;
  for (std::size_t i = 0; i < pumped_.size(); ++i) is_more_to_do |= pumped_[i]->pump();  // one may add or remove others
  return is_more_to_do;
}

void Loop::run() {
  thread_.store(this_thread(), std::memory_order_relaxed);
  std::array<epoll_event, kEventsPerTurn> events{};
  bool is_more_to_do = false;
  call_.store(plugin::call_of_this_thread(), std::memory_order_release);
  while (true) {
    turn_.fetch_add(1, std::memory_order_relaxed);
    is_waiting_.store(true, std::memory_order_seq_cst);
    const bool is_turning_at_once = is_notified_.exchange(false, std::memory_order_seq_cst) || is_more_to_do;
    now_ = clock_.boot();
    const int count = epoll_wait(epoll_fd_, events.data(), kEventsPerTurn, is_turning_at_once ? 0 : wait_ms());
    is_waiting_.store(false, std::memory_order_seq_cst);
    now_ = clock_.boot();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      // A function that ran earlier in this turn may have ended this watch.
      if (const auto found = watches_.find(event.data.fd); found != watches_.end())
        found->second.on_ready(event.data.fd, event.events);
    }
    retired_.clear();
    run_posted();
    run_timers();
    is_more_to_do = pump_all();
    if (is_stopping_.load()) break;
  }
  run_posted();
  turn_.store(0, std::memory_order_relaxed);
  thread_.store(0, std::memory_order_relaxed);
}

}  // namespace reprise::runtime
