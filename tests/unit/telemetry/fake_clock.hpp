#pragma once
#include "host/base/clock.hpp"

namespace reprise::telemetry {

/// Time that stands still until the test moves it.
class FakeClock final : public Clock {
 public:
  BootTime boot() const override { return now; }
  std::int64_t wall_ms() const override { return wall; }

  BootTime now{1};
  std::int64_t wall = 1795255200000;  // 2026-11-21T10:00:00Z
};

}  // namespace reprise::telemetry
