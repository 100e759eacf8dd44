#include "host/runtime/connector.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/runtime/fakes.hpp"

// What is seen of a connector from outside before it runs.

namespace reprise::runtime {

using namespace fakes;

TEST_CASE("A connector is in health as starting, and not ready, from the moment it exists", "[runtime][connector]") {
  World world;
  world.health.set_started();
  Shard shard(world.clock);
  config::ConnectorConfig config;
  config.name = "orders";
  config.tasks_max = 2;

  const Connector connector(config, world.services, {&shard});

  const telemetry::HealthSnapshot snapshot = world.health.snapshot();
  CHECK_FALSE(snapshot.is_ready);
  REQUIRE(snapshot.subjects.size() == 2);
  CHECK(snapshot.subjects[1].subject == "connector/orders/1");
  CHECK(telemetry::to_text(snapshot.subjects[1].state) == "starting");
}

}  // namespace reprise::runtime
