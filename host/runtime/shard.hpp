#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "host/base/clock.hpp"
#include "host/runtime/loop.hpp"

namespace reprise::runtime {

/// A thread that owns tasks, with all their connections, timers and sets. Started by its constructor; stop() ends it after
/// its turn. Tasks must be gone by then.
class Shard {
 public:
  explicit Shard(const Clock& clock) : loop_(clock), thread_([this] { loop_.run(); }) {}
  ~Shard() { stop(); }
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// [any-thread] Idempotent.
  void stop() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Loop& loop() { return loop_; }
  const Loop& loop() const { return loop_; }
  /// [any-thread] How many tasks have their place here (ShardPlace).
  std::atomic<std::uint32_t>& places() { return places_; }
  /// [control] Runs work on the shard's thread and waits for its end. A plugin that blocks the shard blocks the caller too:
  /// the Watchdog says which, and the worker's own deadline ends the process.
  void run(const std::function<void()>& work);

 private:
  Loop loop_;
  std::atomic<std::uint32_t> places_{0};
  std::thread thread_;
};

}  // namespace reprise::runtime
