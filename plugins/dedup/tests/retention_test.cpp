#include <catch2/catch.hpp>

#include "harness/driver.hpp"

using namespace reprise::dedup::test;

namespace {

constexpr std::int64_t kHourMs = 3'600'000;

void settle_range(Driver& dedup, int from, int to) {
  for (int i = from; i < to; i += 256) {
    std::vector<TestRecord> records;
    for (int n = i; n < std::min(i + 256, to); ++n) {
      records.push_back({.value = "v" + std::to_string(n)});
    }
    std::vector<std::pair<std::uint64_t, reprise_outcome>> outcomes;
    for (const auto& verdict : dedup.apply(records)) {
      REQUIRE(verdict.action == REPRISE_KEEP);
      outcomes.emplace_back(verdict.tag, REPRISE_DELIVERED);
    }
    dedup.tell(outcomes);
    dedup.host.commit();
  }
}

}  // namespace

TEST_CASE("A mark lasts for the retention and goes soon after, on disk too", "[dedup][retention]") {
  Driver dedup{{"retention", std::to_string(8 * kHourMs)}};
  dedup.open();
  dedup.settle(dedup.apply_value("a").tag);

  dedup.host.wall_ms += 8 * kHourMs;
  dedup.wake();
  CHECK(dedup.apply_value("a").action == REPRISE_REPEAT);
  dedup.host.wall_ms += kHourMs;
  dedup.wake();

  CHECK(dedup.apply_value("a").action == REPRISE_KEEP);
  CHECK(dedup.host.state(0).empty());
  CHECK(dedup.host.metric("reprise_dedup_bytes") == 0);
  CHECK(dedup.host.health == REPRISE_UP);
}

TEST_CASE("Marks that expired while nobody ran are not loaded, and are erased", "[dedup][retention]") {
  Driver dedup{{"retention", std::to_string(8 * kHourMs)}};
  dedup.open();
  dedup.settle(dedup.apply_value("old").tag);
  dedup.host.wall_ms += 5 * kHourMs;
  dedup.settle(dedup.apply_value("young").tag);
  dedup.host.wall_ms += 5 * kHourMs;

  dedup.crash();
  dedup.host.commit();

  CHECK(dedup.host.state(0).size() == 2);  // a block and its bucket's head
  CHECK(dedup.apply_value("old").action == REPRISE_KEEP);
  CHECK(dedup.apply_value("young").action == REPRISE_REPEAT);
}

TEST_CASE("In scope job nothing expires", "[dedup][retention]") {
  Driver dedup{{"retention", std::to_string(kHourMs)}, {"scope", "job"}};
  dedup.open();
  dedup.settle(dedup.apply_value("a").tag);

  dedup.host.wall_ms += 1000 * kHourMs;
  dedup.wake();
  dedup.crash();

  CHECK(dedup.apply_value("a").action == REPRISE_REPEAT);
}

TEST_CASE("Beyond max_bytes the oldest marks go, the window shrinks and health says so", "[dedup][retention]") {
  Driver dedup{{"max_bytes", "1048576"}};
  dedup.open();
  settle_range(dedup, 0, 1000);
  dedup.host.wall_ms += kHourMs;
  CHECK(dedup.host.health == REPRISE_UP);

  settle_range(dedup, 1000, 80000);
  dedup.host.wall_ms += 2000;
  dedup.wake();

  CHECK(dedup.host.metric("reprise_dedup_bytes") <= 1048576);
  CHECK(dedup.host.metric("reprise_dedup_entries") > 30000);
  CHECK(dedup.host.metric("reprise_dedup_evicted_buckets_total") > 0);
  CHECK(dedup.host.metric("reprise_dedup_window_seconds") < 3600);
  CHECK(dedup.host.health == REPRISE_DEGRADED);
  CHECK(dedup.apply_value("v79999").action == REPRISE_REPEAT);
  CHECK(dedup.apply_value("v50000").action == REPRISE_REPEAT);
  CHECK(dedup.apply_value("v1").action == REPRISE_KEEP);
  CHECK(dedup.host.state(0).size() * 8192 < 2 * 1048576);

  SECTION("also after a restart") {
    dedup.crash();
    CHECK(dedup.host.health == REPRISE_DEGRADED);
    CHECK(dedup.host.metric("reprise_dedup_bytes") <= 1048576);
    CHECK(dedup.apply_value("v79999").action == REPRISE_REPEAT);
    CHECK(dedup.apply_value("v1").action == REPRISE_KEEP);
  }
  SECTION("and it is well again when the retention has passed") {
    dedup.host.wall_ms += 6 * 24 * kHourMs;
    dedup.wake();
    CHECK(dedup.host.health == REPRISE_UP);
    CHECK(dedup.host.metric("reprise_dedup_window_seconds") == 5 * 24 * 3600);
  }
}

TEST_CASE("The bound holds over all streams of the instance", "[dedup][retention][one-thread]") {
  Driver dedup{{"max_bytes", "1048576"}};
  constexpr std::uint32_t kSlots = 12;
  for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
    dedup.open(slot);
  }
  for (int i = 0; i < 60000; ++i) {
    dedup.settle(dedup.apply_one({.value = std::to_string(i), .slot = static_cast<std::uint32_t>(i) % kSlots}).tag);
  }
  dedup.wake();

  CHECK(dedup.host.metric("reprise_dedup_bytes") <= 1048576);
  CHECK(dedup.apply_one({.value = "59999", .slot = 59999 % kSlots}).action == REPRISE_REPEAT);
}

TEST_CASE("A clock that goes back neither loses marks nor breaks their order", "[dedup][retention]") {
  Driver dedup{{"retention", std::to_string(8 * kHourMs)}};
  dedup.open();
  dedup.settle(dedup.apply_value("before").tag);
  dedup.host.wall_ms -= 5 * kHourMs;
  dedup.settle(dedup.apply_value("after").tag);

  dedup.crash();

  CHECK(dedup.apply_value("before").action == REPRISE_REPEAT);
  CHECK(dedup.apply_value("after").action == REPRISE_REPEAT);
}

TEST_CASE("Marks that were made while the clock was ahead expire too", "[dedup][retention]") {
  Driver dedup{{"retention", std::to_string(8 * kHourMs)}};
  dedup.host.wall_ms += 1000 * kHourMs;
  dedup.open();
  dedup.settle(dedup.apply_value("one").tag);
  dedup.host.wall_ms += 2 * kHourMs;
  dedup.settle(dedup.apply_value("two").tag);  // in a bucket of its own
  dedup.host.wall_ms -= 1002 * kHourMs;
  SECTION("by the running instance") { dedup.wake(); }
  SECTION("by the one after it") { dedup.crash(); }
  dedup.settle(dedup.apply_value("after").tag);

  dedup.host.wall_ms += 8 * kHourMs;
  dedup.wake();
  for (const char* value : {"one", "two", "after"}) CHECK(dedup.apply_value(value).action == REPRISE_REPEAT);
  SECTION("also after a restart") { dedup.crash(); }
  dedup.host.wall_ms += 2 * kHourMs;
  dedup.wake();

  for (const char* value : {"one", "two", "after"}) CHECK(dedup.apply_value(value).action == REPRISE_KEEP);
  CHECK(dedup.host.state(0).empty());
}
