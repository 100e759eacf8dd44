#include "host/runtime/task_host.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "tests/unit/runtime/fakes.hpp"

namespace reprise::runtime {
namespace {

using fakes::World;
using telemetry::HealthState;

constexpr int kStrangers = 1000;

/// A sink that says of this many keys, which strangers wrote, that nothing can be sent there.
struct FullHealth {
  FullHealth() {
    world.health.set_started();
    host.emplace(TaskHost::Identity::of("live", "sink-webhook", TaskHost::Role::Sink, 0), 0, world.services,
                 world.loop);
    for (int i = 0; i < kStrangers; ++i) host->health(key(i), REPRISE_INVALID, &why);
  }
  static std::string key(int number) { return "k" + std::to_string(number); }
  std::optional<HealthState> state_of(std::string_view subject) {
    for (const auto& entry : world.health.snapshot().subjects) {
      if (entry.subject == subject) return entry.state;
    }
    return std::nullopt;
  }

  World world;
  reprise_error why{};
  std::optional<TaskHost> host;
};

}  // namespace

TEST_CASE("Keys that strangers write take no place of the host's in health", "[runtime][health]") {
  FullHealth s;

  s.world.health.set("shard/0", HealthState::Down, "has not come back");

  CHECK(s.state_of("shard/0") == HealthState::Down);
  CHECK(s.world.health.snapshot().subjects.size() < 100);
  s.world.health.clear("shard/0");
  CHECK(s.world.health.is_ready());
}

TEST_CASE("Keys that health only counts leave it as they came", "[runtime][health]") {
  FullHealth s;
  CHECK(s.world.health.snapshot().worst == HealthState::Degraded);

  SECTION("when all is well again") {
    for (int i = 0; i < kStrangers; ++i) s.host->health(FullHealth::key(i), REPRISE_UP, nullptr);
  }
  SECTION("when their plugin goes") { s.host.reset(); }

  CHECK(s.world.health.snapshot().subjects.empty());
}

}  // namespace reprise::runtime
