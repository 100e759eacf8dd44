#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/plugin/crash_guard.hpp"

namespace reprise::runtime {

/// Something the loop calls once in every turn.
class Pumped {
 public:
  virtual ~Pumped() = default;
  /// True: again at once, without waiting for an event.
  virtual bool pump() = 0;
};

/// The events of one thread: file descriptors, timers, closures from other threads. post() and notify() are for any
/// thread; all else belongs to the thread that calls run().
class Loop {
 public:
  using OnReady = std::function<void(int fd, std::uint32_t events)>;

  /// One point in time at which a function is called; arm again as often as wanted. Must be destroyed on the loop's thread,
  /// or after run() has returned.
  class Timer {
   public:
    Timer(Loop& loop, std::function<void()> on_time);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    void arm(BootTime at) { at_ = at; }
    void disarm() { at_ = BootTime::max(); }
    BootTime at() const { return at_; }

   private:
    friend class Loop;
    Loop& loop_;
    std::function<void()> on_time_;
    BootTime at_ = BootTime::max();
  };

  explicit Loop(const Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Turns until stop(). The thread that calls this is the loop's thread.
  void run();
  /// [any-thread] run() returns after its turn; closures posted before are still run.
  void stop();
  /// [any-thread] Runs on the loop's thread, in order, soon.
  void post(std::function<void()> work);
  /// [any-thread] The loop turns at once instead of waiting for its next event.
  void notify();

  /// Level-triggered; events are EPOLLIN, EPOLLOUT; 0 ends the watch (before the descriptor is closed). Returns 0 or errno: EBADF,
  /// EPERM (a file), EEXIST (somebody else's). A watch belongs to its owner: nobody else ends or changes it. One that was left
  /// behind on a closed descriptor gives way.
  int watch(int fd, std::uint32_t events, OnReady on_ready, const void* owner = nullptr);
  void add(Pumped* pumped) { pumped_.push_back(pumped); }
  void remove(Pumped* pumped) { std::erase(pumped_, pumped); }

  /// The time of this turn: read once, good enough for everything within it.
  BootTime now() const { return now_; }
  /// After something slow within a turn.
  void refresh_now() { now_ = clock_.boot(); }
  bool is_own_thread() const;
  /// [any-thread] Grows with every turn, at least once a second; 0: run() is not under way.
  std::uint64_t turn() const { return turn_.load(std::memory_order_relaxed); }
  /// [any-thread] The plugin call that its thread is in. REQUIRES: turn() was not 0, and the thread still lives.
  const plugin::detail::CurrentCall* call() const { return call_.load(std::memory_order_acquire); }

 private:
  struct Watch {
    OnReady on_ready;
    const void* owner = nullptr;
  };

  void run_posted() EXCLUDES(mutex_);
  void run_timers();
  int wait_ms() const;
  bool pump_all();

  const Clock& clock_;
  BootTime now_;
  int epoll_fd_;
  int wake_fd_;
  std::atomic<bool> is_waiting_{false};
  std::atomic<bool> is_notified_{false};
  std::atomic<bool> is_stopping_{false};
  std::atomic<std::uintptr_t> thread_{0};
  std::atomic<std::uint64_t> turn_{0};
  std::atomic<const plugin::detail::CurrentCall*> call_{nullptr};
  std::unordered_map<int, Watch> watches_;
  std::vector<OnReady> retired_;
  std::vector<Timer*> timers_;
  std::vector<Timer*> due_;
  std::vector<Pumped*> pumped_;
  Mutex mutex_;
  std::vector<std::function<void()>> posted_ GUARDED_BY(mutex_);
};

}  // namespace reprise::runtime
