#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// What a task looks at before it believes its source and its store.

namespace reprise::runtime {

using namespace fakes;

TEST_CASE("Records that a source loses on the way are noticed, gaps of the log are none", "[runtime][task]") {
  Rig rig(20);
  for (const std::size_t gap : {0, 3, 4, 11, 19}) rig.log[0][gap].reset();
  rig.source.batch_records = 6;  // so that gaps stand in, between and at the ends of batches
  bool is_noticed = false;
  SECTION("none is lost") {}
  SECTION("one is lost") {
    rig.source.loses = {7};
    is_noticed = true;
  }
  SECTION("one is lost beside a gap, by a source that does not count") {
    rig.source.counts_gaps = false;
    rig.source.loses = {12};
  }

  rig.start();
  rig.settle_all();
  rig.turn(rig.settings.group_interval);

  CHECK(rig.stored().watermark() == 20);
  CHECK((rig.world.mismatches(kConnector) > 0) == is_noticed);
}

TEST_CASE("A task that begins sends nothing before its state could be written once", "[runtime][task]") {
  Rig rig(300);
  bool is_failing = true;
  rig.world.store.before_commit = [&]() -> Result<> {
    return is_failing ? retriable("store.io", "too many open files") : Result<>();
  };
  rig.start();
  rig.turn(1s);
  CHECK(rig.offers.size() == 0);
  CHECK(rig.world.health.snapshot().worst == telemetry::HealthState::Degraded);

  is_failing = false;
  rig.turn(250ms);

  CHECK(rig.offers.size() == 128);
}

}  // namespace reprise::runtime
