#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// What the task does when its dead letter queue refuses a record for good: a topic that takes no old timestamps, no records
// without a key, no large values.

namespace reprise::runtime {
namespace {

using namespace fakes;
using Catch::Matchers::Contains;

void refuse(Rig& rig) {
  rig.settle_dead_letters(REPRISE_PERMANENT);
  rig.turn();
}

}  // namespace

TEST_CASE("A dead letter that is refused for good is sent once more in a form that every topic takes",
          "[runtime][dead_letters]") {
  Rig rig;
  const std::string key = GENERATE("", "customer-7");
  rig.add(0, key, "the value");
  rig.start();
  rig.settle_all(REPRISE_PERMANENT);
  rig.turn();
  REQUIRE(rig.dead_letters.size() == 1);
  CHECK(rig.dead_letters[0].timestamp_ms == 1'700'000'000'000);

  refuse(rig);

  REQUIRE(rig.dead_letters.size() == 1);
  const Rig::Offer& plain = rig.dead_letters[0];
  CHECK(plain.timestamp_ms == rig.world.clock.wall_ms());
  CHECK(plain.headers.empty());
  CHECK(plain.key == (key.empty() ? "t-0-0" : key));
  CHECK(plain.value == "the value");
  rig.settle_dead_letters();
  rig.write();
  CHECK(rig.stored().counters.dead_lettered == 1);
  CHECK(rig.listener.failures.empty());
}

TEST_CASE("A dead letter that is refused in every form fails the task, with the record and the way out",
          "[runtime][dead_letters]") {
  Rig rig;
  rig.add(0, "", std::string(100'000, 'v'));
  rig.start();
  rig.settle_all(REPRISE_PERMANENT);
  rig.turn();

  refuse(rig);
  REQUIRE(rig.dead_letters.size() == 1);
  CHECK(rig.dead_letters[0].value.size() == 65'536);
  CHECK_FALSE(rig.dead_letters[0].headers.empty());
  refuse(rig);
  REQUIRE(rig.dead_letters.size() == 1);
  CHECK(rig.dead_letters[0].headers.empty());
  refuse(rig);

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK_THAT(rig.listener.failures[0].message,
             Contains("t-0 offset 0") && Contains("answered 503") && Contains("errors.dead_letter"));
  CHECK(rig.stored().watermark() == 0);
}

TEST_CASE("A dead letter settled twice after it failed its task counts once", "[runtime][dead_letters]") {
  Rig rig(2);
  rig.start();
  rig.settle(rig.offers[0].handle, REPRISE_PERMANENT);
  rig.turn();
  const auto status = GENERATE(static_cast<reprise_status>(REPRISE_FATAL), static_cast<reprise_status>(REPRISE_OK));
  const std::uint64_t handle = rig.dead_letters.at(0).handle;

  rig.settle(handle, REPRISE_FATAL);
  rig.settle(handle, status);
  rig.turn();
  rig.settle(rig.offers[1].handle);
  rig.turn();

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.strays() == 1);
  CHECK(rig.stored().open == std::vector<OpenRun>{{0, 1, 0}});
  CHECK(rig.stored().counters.delivered == 1);
}

}  // namespace reprise::runtime
