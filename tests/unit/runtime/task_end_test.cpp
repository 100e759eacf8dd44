#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// What a task that fails does with the records that its sink still has.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// 128 records with the sink, as many as the default allows; the one at offset 64 fails for good. Without tolerance.
struct FailingRig : Rig {
  FailingRig() : Rig(128) {
    settings.is_tolerant = false;
    start();
    all = offers;
    settle(all[64].handle, REPRISE_PERMANENT);
    turn();
  }
  void settle_neighbours(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (i != 64) settle(all[i].handle);
    }
    turn();
  }
  std::vector<Offer> all;
};

}  // namespace

TEST_CASE("A task that fails lets its sink finish what it has, so that nobody gets it twice", "[runtime][task]") {
  FailingRig rig;
  REQUIRE(rig.all.size() == 128);
  rig.settle_neighbours(128);

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "http.status");
  CHECK(rig.stored().counters.delivered == 127);
  CHECK(rig.stored().open == std::vector<OpenRun>{{64, 1, 0}});
}

TEST_CASE("A task that fails waits for its sink no longer than a while", "[runtime][task]") {
  FailingRig rig;
  rig.settle_neighbours(10);
  rig.turn(1s);
  CHECK(rig.listener.failures.empty());
  CHECK(rig.world.health.snapshot().worst == telemetry::HealthState::Degraded);

  rig.turn(30s);

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.stored().counters.delivered == 10);
}

TEST_CASE("A task that fails sends nothing more and says once why", "[runtime][task]") {
  FailingRig rig;
  for (int i = 0; i < 50; ++i) rig.add(0, "late" + std::to_string(i), "v");
  rig.task->source_resumed(0);
  rig.offers.clear();

  rig.settle(rig.all[3].handle, REPRISE_RETRIABLE);
  rig.settle(rig.all[4].handle, REPRISE_PERMANENT);
  rig.settle(rig.all[4].handle);   // and once more: a plugin's mistake
  rig.settle(rig.all[64].handle);  // the same with the one that failed the task
  rig.turn();
  rig.turn(1s);
  CHECK(rig.offers.empty());
  CHECK(rig.strays() == 2);
  CHECK(rig.task->in_flight() == 125);
  rig.turn(30s);

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.stored().counters.delivered == 0);
  CHECK(rig.world.mismatches(kConnector) == 0);
}

TEST_CASE("A stop that comes while a task fails shortens its end", "[runtime][task]") {
  FailingRig rig;

  rig.task->drain(rig.world.clock.boot() + 1s);
  rig.turn(1s);

  CHECK(rig.listener.failures.size() + rig.listener.drains.size() == 1);
}

TEST_CASE("A task whose outcomes cannot be written for good ends at once", "[runtime][task]") {
  Rig rig(10);
  rig.start();
  rig.world.store.before_commit = [] { return Result<>(fatal("store.broken", "the store is broken")); };
  rig.settle(rig.offers[0].handle);

  rig.write();

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "store.broken");
}

}  // namespace reprise::runtime
