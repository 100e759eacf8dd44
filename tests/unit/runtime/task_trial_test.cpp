#include <catch2/catch.hpp>

#include "host/runtime/retry.hpp"
#include "tests/unit/runtime/task_rig.hpp"

// A task that was started again is not up before it has got somewhere.

namespace reprise::runtime {
namespace {

using namespace fakes;

constexpr const char* kTrial = "attempt 2 of 10: topic-0 offset 7 failed";

bool shows(Rig& rig, telemetry::HealthState state, std::string_view reason) {
  const telemetry::HealthSnapshot snapshot = rig.world.health.snapshot();
  const auto own = std::find_if(snapshot.subjects.begin(), snapshot.subjects.end(), [](const auto& each) {
    return each.subject == std::string("connector/") + kConnector + "/0";
  });
  return own != snapshot.subjects.end() && own->state == state && own->reason == reason;
}

}  // namespace

TEST_CASE("A task that is started again is starting until its watermark moves", "[runtime][task]") {
  Rig rig(20);
  rig.settings.trial = kTrial;

  rig.start();
  rig.turn(2s);
  CHECK(shows(rig, telemetry::HealthState::Starting, kTrial));

  rig.settle_all();
  rig.turn(2s);
  CHECK(shows(rig, telemetry::HealthState::Up, ""));
}

TEST_CASE("A task that is started again and stands for a while is up", "[runtime][task]") {
  Rig rig(20);
  rig.settings.trial = kTrial;

  rig.start();
  rig.turn(29s);
  CHECK(shows(rig, telemetry::HealthState::Starting, kTrial));
  rig.turn(2s);

  CHECK(shows(rig, telemetry::HealthState::Up, ""));
}

TEST_CASE("A task that is started again with nothing left to read is up", "[runtime][task]") {
  Rig rig(0);
  rig.settings.trial = kTrial;

  rig.start();
  rig.turn(2s);

  CHECK(shows(rig, telemetry::HealthState::Up, ""));
}

TEST_CASE("What health says of a restart has its number and its reason", "[runtime][retry]") {
  config::RestartPolicy policy;
  policy.attempts = 10;

  CHECK(restart_text(policy, 2, "no") == "attempt 2 of 10: no");
  CHECK(restart_text(policy, 0, "away") == "started again: away");
  policy.attempts = 0;
  CHECK(restart_text(policy, 3, "no") == "attempt 3: no");
}

}  // namespace reprise::runtime
