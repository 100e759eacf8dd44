#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace reprise::webhook {

/// Something that wants to be looked at later. Lives in its owner, which removes it before it dies.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_set() const { return next_ != nullptr; }
  std::int64_t due_ns() const { return due_ns_; }

 private:
  friend class TimerWheel;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
  std::int64_t due_ns_ = 0;
};

/// A coarse hashed timer wheel: 10 ms ticks, 1,024 slots, constant cost. A timer fires at its due time or up to one tick
/// later, never earlier. Not thread-safe; time is passed in.
class TimerWheel {
 public:
  static constexpr std::int64_t kTickNs = 10'000'000;
  static constexpr std::int64_t kNever = INT64_MAX;

  TimerWheel();

  /// Sets or moves the timer.
  void set(Timer& timer, std::int64_t due_ns);
  void cancel(Timer& timer);
  /// Takes out each timer that is due and calls fire with it; fire may set and cancel timers.
  void advance(std::int64_t now_ns, const std::function<void(Timer&)>& fire);
  /// When advance is wanted next; kNever when no timer is set. May be earlier than needed after cancel or set to later.
  std::int64_t next_ns() const { return next_ns_; }

 private:
  static constexpr std::size_t kSlots = 1024;

  static std::int64_t tick_of(std::int64_t ns) { return (ns + kTickNs - 1) / kTickNs; }
  static void link(Timer& head, Timer& timer);
  static void unlink(Timer& timer);
  void find_next();

  std::array<Timer, kSlots> slots_;  // heads of rings
  std::int64_t tick_ = 0;            // all slots up to this tick were looked at
  std::int64_t next_ns_ = kNever;
  std::size_t count_ = 0;
};

}  // namespace reprise::webhook
