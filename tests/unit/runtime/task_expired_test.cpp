#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// What retention takes from a partition before it is read is lost to those who wait for it: somebody must be told.

namespace reprise::runtime {
namespace {

using namespace fakes;

double counted(Rig& rig, const char* metric) {
  return rig.world.metrics.counter(metric, "", {{"connector", kConnector}, {"task", "0"}}).value();
}

/// The reason of the subject that shows losses; empty: it does not exist.
std::string shown(const Rig& rig) {
  for (const telemetry::SubjectHealth& subject : rig.world.health.snapshot().subjects) {
    if (subject.subject != "connector/c/0/expired") continue;
    CHECK(subject.state == telemetry::HealthState::Degraded);
    return subject.reason;
  }
  return {};
}

void lose(Rig& rig, std::int32_t partition, std::size_t first, std::size_t end) {
  for (std::size_t offset = first; offset < end; ++offset) rig.log[partition][offset].reset();
}

}  // namespace

TEST_CASE("Records that retention took and gaps are counted in the metrics", "[runtime][task]") {
  Rig rig(10);
  lose(rig, 0, 0, 4);
  lose(rig, 0, 7, 9);
  rig.source.expired_before = 4;

  rig.start();
  rig.settle_all();
  rig.write();

  CHECK(counted(rig, "reprise_records_expired_total") == 4);
  CHECK(counted(rig, "reprise_gaps_total") == 2);
  CHECK(rig.world.mismatches(kConnector) == 0);
}

TEST_CASE("Health names partition and offsets of what retention took, for an hour", "[runtime][task]") {
  Rig rig(10, 2);
  lose(rig, 1, 0, 4);
  rig.source.expired_before = 4;

  rig.start();
  rig.settle_all();
  rig.write();
  rig.turn(1s);

  CHECK(shown(rig) == "retention took 4 records of t-1 before they were read (offsets 0 to 3)");
  rig.turn(59min);
  CHECK_FALSE(shown(rig).empty());
  rig.turn(2min);
  CHECK(shown(rig).empty());
}

TEST_CASE("Records open in the last life that retention took are named with the others", "[runtime][task]") {
  Rig rig(10);
  rig.source.batch_records = 5;
  rig.settings.max_in_flight = 5;
  rig.start();
  std::sort(rig.offers.begin(), rig.offers.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
  REQUIRE(rig.offers.size() == 5);
  for (const std::size_t settled : {0, 1, 2, 4}) rig.settle(rig.offers[settled].handle);
  rig.write();
  const auto open_at = rig.stored().watermark();
  REQUIRE(open_at == 3);
  lose(rig, 0, 0, 10);
  rig.source.expired_before = 10;

  rig.start();
  rig.write();
  rig.turn(1s);

  const auto position = static_cast<std::uint64_t>(rig.stored().position);
  CHECK(position == 10);
  CHECK(counted(rig, "reprise_records_expired_total") >= 1);
  CHECK(shown(rig).find("of t-0 before they were read (offsets 3 to 9)") != std::string::npos);
}

TEST_CASE("A task that ends takes what it says of losses along", "[runtime][task]") {
  Rig rig(4);
  lose(rig, 0, 0, 2);
  rig.source.expired_before = 2;
  rig.start();
  rig.settle_all();
  rig.write();
  rig.turn(1s);
  CHECK_FALSE(shown(rig).empty());

  rig.task->close();

  CHECK(shown(rig).empty());
}

}  // namespace reprise::runtime
