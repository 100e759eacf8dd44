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

TEST_CASE("Troubles beyond the bound are counted, by their owner", "[telemetry][health]") {
  FakeClock clock;
  Health health(clock);
  health.set_started();
  for (std::size_t i = 0; i < Health::kNamedTroubles; ++i) health.set_trouble("sink", std::to_string(i), "no row");
  clock.wall += 5000;
  health.set_trouble("sink", "x", "no row");
  health.set_trouble("sink", "x", "no row");
  health.set_trouble("sink", "y", "no row");
  health.set_trouble("another", "x", "no row");

  const HealthSnapshot snapshot = health.snapshot();

  REQUIRE(snapshot.subjects.size() == Health::kNamedTroubles + 2);
  CHECK(snapshot.subjects[0].subject == "another/x");
  CHECK(snapshot.subjects[1].subject == "sink/(others)");
  CHECK(snapshot.subjects[1].reason == "2 more are in trouble");
  CHECK(snapshot.subjects[1].since_ms == clock.wall);
  CHECK(snapshot.worst == HealthState::Degraded);
  CHECK(snapshot.is_ready);
}

TEST_CASE("A trouble that was counted gets a name when it is told again and there is room", "[telemetry][health]") {
  const FakeClock clock;
  Health health(clock);
  for (std::size_t i = 0; i <= Health::kNamedTroubles; ++i) health.set_trouble("sink", std::to_string(i), "no row");
  health.clear_trouble("sink", "0");

  health.set_trouble("sink", std::to_string(Health::kNamedTroubles), "no row");

  const HealthSnapshot snapshot = health.snapshot();
  REQUIRE(snapshot.subjects.size() == Health::kNamedTroubles);
  CHECK(snapshot.subjects[0].subject == "sink/1");
}
