#include "host/telemetry/health_gauges.hpp"

#include <catch2/catch.hpp>

#include "fake_clock.hpp"

using namespace reprise::telemetry;

TEST_CASE("Each subject of health is a gauge, as long as it is there", "[telemetry][health][metrics]") {
  const FakeClock clock;
  Health health(clock);
  Metrics metrics;
  const HealthGauges gauges(health, metrics);

  health.set("state", HealthState::Degraded, "the disk is full");
  health.set("shard/0", HealthState::Down, "blocked");

  CHECK(metrics.expose().find("reprise_health{subject=\"state\"} 1\n") != std::string::npos);
  CHECK(metrics.expose().find("reprise_health{subject=\"shard/0\"} 3\n") != std::string::npos);

  health.set("state", HealthState::Up);
  health.clear("shard/0");

  CHECK(metrics.expose().find("reprise_health{subject=\"state\"} 0\n") != std::string::npos);
  CHECK(metrics.expose().find("shard/0") == std::string::npos);

  health.set("shard/0", HealthState::Down, "blocked again");

  CHECK(metrics.expose().find("reprise_health{subject=\"shard/0\"} 3\n") != std::string::npos);
}
