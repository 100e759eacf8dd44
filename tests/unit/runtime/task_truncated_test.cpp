#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// A job's end was asked of the log. When the log lost its last records since, there is nothing left to wait for.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// A task up to offset 20, whose log ended there when it began, and ends at offset 10 when it goes on.
struct TruncatedRig : Rig {
  TruncatedRig() : Rig(20) {
    source.batch_records = 5;
    source.on_poll = [this]() -> Result<> {
      if (is_away && ++polls > 2) return retriable("away", "the broker is away");
      return {};
    };
    start(true);
    settle_all();
    write();
    log[0].resize(10);
    is_away = false;
    turn(1s);
  }
  bool is_away = true;
  int polls = 0;
};

}  // namespace

TEST_CASE("A bounded task whose log ends before its end fails, and says so", "[runtime][task]") {
  TruncatedRig rig;
  REQUIRE(rig.stored().watermark() == 10);
  REQUIRE(rig.listener.failures.empty());

  for (int second = 0; second < 60; ++second) rig.turn(1s);

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "log.truncated");
  CHECK(rig.listener.failures[0].message ==
        "t-0: the log ends at offset 10 now, before offset 20, where this job ends: the topic lost records; start "
        "another job");
  CHECK(rig.listener.ended.empty());
}

TEST_CASE("A log that is short for a moment only, while a new leader catches up, is waited for", "[runtime][task]") {
  TruncatedRig rig;

  for (int second = 0; second < 5; ++second) rig.turn(1s);
  while (rig.log[0].size() < 20) rig.add(0, "late" + std::to_string(rig.log[0].size()), "value");
  rig.task->source_resumed(0);
  rig.turn();
  rig.settle_all();
  rig.write();
  for (int second = 0; second < 60; ++second) rig.turn(1s);

  CHECK(rig.listener.failures.empty());
  CHECK(rig.listener.ended.size() == 1);
}

TEST_CASE("A task without an end waits at the log's end for ever", "[runtime][task]") {
  Rig rig(10);
  rig.start();
  rig.settle_all();
  rig.write();

  for (int second = 0; second < 60; ++second) rig.turn(1s);

  CHECK(rig.listener.failures.empty());
}

}  // namespace reprise::runtime
