#include <catch2/catch.hpp>

#include "host/runtime/task.hpp"

using namespace reprise;
using namespace reprise::runtime;

TEST_CASE("An endpoint beyond its share overflows only where dead letters are taken", "[runtime][settings]") {
  config::ConnectorConfig connector;
  connector.errors.endpoint_overflow = config::ErrorPolicy::Overflow::DeadLetter;

  SECTION("with a dead letter sink and tolerance") {
    connector.errors.dead_letter.emplace();
    connector.errors.tolerate_all = true;
    CHECK_FALSE(TaskSettings::from(connector, 0).held.is_trouble_blocking);
  }
  SECTION("without tolerance it would fail the task, so reading stops") {
    connector.errors.dead_letter.emplace();
    CHECK(TaskSettings::from(connector, 0).held.is_trouble_blocking);
  }
  SECTION("without a dead letter sink") {
    connector.errors.tolerate_all = true;
    CHECK(TaskSettings::from(connector, 0).held.is_trouble_blocking);
  }
  SECTION("unless it is to block") {
    connector.errors.dead_letter.emplace();
    connector.errors.tolerate_all = true;
    connector.errors.endpoint_overflow = config::ErrorPolicy::Overflow::Block;
    CHECK(TaskSettings::from(connector, 0).held.is_trouble_blocking);
  }
  SECTION("nor where there is one endpoint only: a job has one webhook") {
    connector.mode = config::ConnectorConfig::Mode::Replay;
    connector.errors.dead_letter.emplace();
    connector.errors.tolerate_all = true;
    CHECK(TaskSettings::from(connector, 0).held.is_trouble_blocking);
  }
}
