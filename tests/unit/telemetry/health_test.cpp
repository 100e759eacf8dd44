#include "host/telemetry/health.hpp"

#include <catch2/catch.hpp>

#include "fake_clock.hpp"

using namespace reprise::telemetry;

TEST_CASE("A worker is ready when it has started and nothing is down", "[telemetry][health]") {
  const FakeClock clock;
  Health health(clock);

  CHECK_FALSE(health.is_ready());
  health.set_started();
  CHECK(health.is_ready());
  health.set("connector/a", HealthState::Degraded, "stalled");
  CHECK(health.is_ready());
  health.set("connector/b", HealthState::Starting);
  CHECK_FALSE(health.is_ready());
  CHECK_FALSE(health.snapshot().is_ready);
  health.set("connector/b", HealthState::Down, "failed");
  CHECK_FALSE(health.is_ready());
  health.set("connector/b", HealthState::Invalid, "no such topic");
  CHECK_FALSE(health.is_ready());
  health.clear("connector/b");
  CHECK(health.is_ready());
}

TEST_CASE("Health as JSON lists subjects, reasons and since when", "[telemetry][health]") {
  FakeClock clock;
  Health health(clock);
  health.set_started();
  health.set("connector/\"x\"", HealthState::Down, "line\nbreak");
  clock.wall += 5000;
  health.set("connector/\"x\"", HealthState::Down, "another reason");
  health.set("state", HealthState::Up);

  CHECK(to_json(health.snapshot()) ==
        R"({"status":"down","ready":false,"subjects":[)"
        R"({"subject":"connector/\"x\"","state":"down","reason":"another reason","since":"2026-11-21T10:00:00Z"},)"
        R"({"subject":"state","state":"up","reason":"","since":"2026-11-21T10:00:05Z"}]})");
}

TEST_CASE("Before the start is finished the status is starting", "[telemetry][health]") {
  const FakeClock clock;
  const Health health(clock);

  CHECK(to_json(health.snapshot()) == R"({"status":"starting","ready":false,"subjects":[]})");
}

TEST_CASE("Subjects beyond the bound share one, which keeps the worst", "[telemetry][health]") {
  const FakeClock clock;
  Health health(clock, 2);

  for (const char* name : {"a", "b", "c"}) health.set(name, HealthState::Up);
  health.set("d", HealthState::Down, "d is down");
  health.set("e", HealthState::Up);

  const HealthSnapshot snapshot = health.snapshot();
  REQUIRE(snapshot.subjects.size() == 3);
  CHECK(snapshot.subjects[2].subject == "other");
  CHECK(snapshot.subjects[2].state == HealthState::Down);
  CHECK(snapshot.subjects[2].reason == "d is down");
  CHECK(snapshot.worst == HealthState::Down);
}
