#include "host/telemetry/rate_limit.hpp"

#include <catch2/catch.hpp>

#include "fake_clock.hpp"

using namespace reprise::telemetry;
using namespace std::chrono_literals;

TEST_CASE("One line per key and interval passes, with the count of the others", "[telemetry][log]") {
  FakeClock clock;
  RateLimit limit(clock, 10s);

  CHECK(limit.pass("a") == 0u);
  CHECK_FALSE(limit.pass("a").has_value());
  CHECK_FALSE(limit.pass("a").has_value());
  CHECK(limit.pass("b") == 0u);
  clock.now = clock.now + 10s;
  CHECK(limit.pass("a") == 2u);
  CHECK_FALSE(limit.pass("a").has_value());
}

TEST_CASE("Keys without end share one entry, and old ones make room", "[telemetry][log]") {
  FakeClock clock;
  RateLimit limit(clock, 10s, 2);

  CHECK(limit.pass("a").has_value());
  CHECK(limit.pass("b").has_value());
  CHECK(limit.pass("c").has_value());
  CHECK_FALSE(limit.pass("d").has_value());
  clock.now = clock.now + 10s;
  CHECK(limit.pass("e") == 0u);
}
