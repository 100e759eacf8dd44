#pragma once
#include <chrono>
#include <cstdint>

namespace reprise {

/// A point on CLOCK_BOOTTIME, which also runs while the machine sleeps. All decisions use it.
struct BootTime {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(BootTime, BootTime) = default;
  friend constexpr BootTime operator+(BootTime t, std::chrono::nanoseconds d) { return {t.ns + d.count()}; }
  friend constexpr BootTime operator-(BootTime t, std::chrono::nanoseconds d) { return {t.ns - d.count()}; }
  friend constexpr std::chrono::nanoseconds operator-(BootTime a, BootTime b) {
    return std::chrono::nanoseconds(a.ns - b.ns);
  }
  static constexpr BootTime max() { return {INT64_MAX}; }
};

/// Time, passed in everywhere so that tests own it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual BootTime boot() const = 0;
  /// Milliseconds since 1970 UTC. Only shown, signed or compared with event times, never used to decide.
  virtual std::int64_t wall_ms() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  BootTime boot() const override;
  std::int64_t wall_ms() const override;
};

}  // namespace reprise
