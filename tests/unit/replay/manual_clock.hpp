#pragma once
#include "host/base/clock.hpp"

namespace reprise::replay {

/// Stands still unless a test moves it.
class ManualClock final : public Clock {
 public:
  BootTime boot() const override { return {now_ms * 1'000'000}; }
  std::int64_t wall_ms() const override { return now_ms; }
  std::int64_t now_ms = 1'700'000'000'000;
};

}  // namespace reprise::replay
