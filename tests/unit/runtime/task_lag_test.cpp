#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// What is said of how far a task is behind: only what is known.

namespace reprise::runtime {
namespace {

using namespace fakes;

bool shows(Rig& rig, const std::string& series) {
  return rig.world.metrics.expose().find(series + "{connector=\"c\",partition=\"0\",task=\"0\",topic=\"t\"} ") !=
         std::string::npos;
}

}  // namespace

TEST_CASE("Lag is not shown when the source has not said for a while where the partition ends", "[runtime][task]") {
  Rig rig(0);
  rig.start();
  rig.turn(1s);
  CHECK(shows(rig, "reprise_lag_records"));
  CHECK(shows(rig, "reprise_lag_seconds"));

  rig.turn(6s);

  CHECK_FALSE(shows(rig, "reprise_lag_records"));
  CHECK_FALSE(shows(rig, "reprise_lag_seconds"));
  CHECK(shows(rig, "reprise_source_last_answer_seconds"));
  CHECK(shows(rig, "reprise_watermark_offset"));
}

TEST_CASE("A partition that a task has left has no lag any more", "[runtime][task]") {
  Rig rig(0);
  rig.start();
  rig.turn(1s);
  CHECK(shows(rig, "reprise_lag_records"));

  rig.task->close();

  CHECK_FALSE(shows(rig, "reprise_lag_records"));
  CHECK_FALSE(shows(rig, "reprise_watermark_offset"));
}

}  // namespace reprise::runtime
