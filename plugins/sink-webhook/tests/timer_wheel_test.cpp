#include "timer_wheel.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <random>
#include <vector>

using namespace reprise::webhook;

namespace {
constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kStart = 1'000'000 * kMs;
}  // namespace

TEST_CASE("A timer fires once, at its time or within a tick", "[webhook][timer]") {
  TimerWheel wheel;
  Timer timer;
  int fired = 0;
  wheel.set(timer, kStart + 25 * kMs);

  wheel.advance(kStart + 24 * kMs, [&](Timer&) { ++fired; });
  REQUIRE(fired == 0);
  wheel.advance(wheel.next_ns(), [&](Timer&) { ++fired; });
  REQUIRE(fired == 1);
  REQUIRE_FALSE(timer.is_set());
  REQUIRE(wheel.next_ns() == TimerWheel::kNever);
}

TEST_CASE("Timers beyond the wheel's span wait for their round", "[webhook][timer]") {
  TimerWheel wheel;
  Timer timer;
  const std::int64_t due_ns = kStart + 60'000 * kMs;
  std::int64_t fired_ns = 0;
  wheel.set(timer, due_ns);

  for (std::int64_t now = kStart; fired_ns == 0 && now < kStart + 120'000 * kMs; now += 10 * kMs) {
    wheel.advance(now, [&](Timer&) { fired_ns = now; });
  }

  REQUIRE(fired_ns >= due_ns);
  REQUIRE(fired_ns <= due_ns + TimerWheel::kTickNs);
}

TEST_CASE("Random timers fire neither early nor late, cancelled ones never", "[webhook][timer]") {
  std::mt19937 random(7);
  TimerWheel wheel;
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<std::int64_t> due;
  for (int i = 0; i < 500; ++i) {
    timers.push_back(std::make_unique<Timer>());
    due.push_back(kStart + static_cast<std::int64_t>(random() % 30'000) * kMs);
    wheel.set(*timers.back(), due.back());
  }
  for (std::size_t i = 0; i < timers.size(); i += 5) wheel.cancel(*timers[i]);
  for (std::size_t i = 1; i < timers.size(); i += 5) wheel.set(*timers[i], due[i] += 500 * kMs);
  std::vector<std::int64_t> fired(timers.size(), 0);

  while (wheel.next_ns() != TimerWheel::kNever) {
    const std::int64_t now = wheel.next_ns();
    wheel.advance(now, [&](Timer& timer) {
      for (std::size_t i = 0; i < timers.size(); ++i) {
        if (timers[i].get() == &timer) fired[i] = now;
      }
    });
  }

  for (std::size_t i = 0; i < timers.size(); ++i) {
    INFO(i);
    if (i % 5 == 0) {
      REQUIRE(fired[i] == 0);
    } else {
      REQUIRE(fired[i] >= due[i]);
      REQUIRE(fired[i] <= due[i] + TimerWheel::kTickNs);
    }
  }
}

TEST_CASE("A timer may be set again while it fires", "[webhook][timer]") {
  TimerWheel wheel;
  Timer timer;
  int fired = 0;
  wheel.set(timer, kStart);

  for (std::int64_t now = kStart; now <= kStart + 100 * kMs; now += 10 * kMs) {
    wheel.advance(now, [&](Timer& due) {
      ++fired;
      wheel.set(due, now + 20 * kMs);
    });
  }

  REQUIRE(fired == 6);
}
