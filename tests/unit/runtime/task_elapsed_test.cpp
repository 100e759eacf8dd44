#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// errors.retry.max_elapsed: how long a record may wait for its endpoint, whatever makes it wait.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// A task that gives up 10 s after a record's first attempt, and not by the number of attempts.
struct Patient : Rig {
  explicit Patient(std::int64_t records) : Rig(0) {
    for (std::int64_t i = 0; i < records; ++i) add(0, "key", "value" + std::to_string(i));
    settings.retry = {
        .initial = 1s, .multiplier = 1, .max = 1s, .full_jitter = false, .attempts = 0, .max_elapsed = 10s};
  }
  /// Time passes; whatever is offered is answered so.
  void pass(std::chrono::milliseconds time, reprise_status status, std::int64_t retry_after_ms = -1,
            std::int32_t about = REPRISE_ABOUT_RECORD) {
    for (; time > 0ms; time -= 500ms) {
      answer(status, retry_after_ms, about);
      turn(500ms);
    }
    answer(status, retry_after_ms, about);
  }
  void answer(reprise_status status, std::int64_t retry_after_ms, std::int32_t about) {
    std::vector<Offer> all;
    all.swap(offers);
    for (const Offer& offer : all) settle(offer.handle, status, retry_after_ms, about);
    turn();
  }
};

}  // namespace

TEST_CASE("A record that waited behind another one has its own time", "[runtime][elapsed]") {
  Patient rig(2);
  rig.start();
  rig.turn(30s);  // the first is under way
  REQUIRE(rig.offers.size() == 1);
  rig.settle_all();
  rig.turn();
  REQUIRE(rig.offers.size() == 1);

  rig.pass(5s, REPRISE_RETRIABLE);

  CHECK(rig.dead_letters.empty());
  rig.pass(7s, REPRISE_RETRIABLE);
  CHECK(rig.dead_letters.size() == 1);
}

TEST_CASE("Who says come back later for ever is given up", "[runtime][elapsed]") {
  Patient rig(1);
  rig.start();

  rig.pass(8s, REPRISE_RETRIABLE, 1000);
  CHECK(rig.dead_letters.empty());
  rig.pass(5s, REPRISE_RETRIABLE, 1000);

  CHECK(rig.dead_letters.size() == 1);
}

TEST_CASE("A pause of an hour is not waited for when the time is over before", "[runtime][elapsed]") {
  Patient rig(3);
  rig.start();
  rig.settle_all(REPRISE_RETRIABLE, 3'600'000);
  rig.turn();

  for (int i = 0; i < 8; ++i) rig.turn(1s);
  CHECK(rig.dead_letters.empty());
  for (int i = 0; i < 4; ++i) rig.turn(1s);
  CHECK(rig.dead_letters.size() == 1);
  for (int i = 0; i < 11; ++i) rig.turn(1s);
  CHECK(rig.dead_letters.size() == 2);  // the next was put off when it came to its turn
}

TEST_CASE("An endpoint that the sink keeps closed is given up", "[runtime][elapsed]") {
  Patient rig(1);
  rig.start();

  rig.pass(13s, REPRISE_DEFERRED, 1000, REPRISE_ABOUT_ENDPOINT);

  CHECK(rig.dead_letters.size() == 1);
}

TEST_CASE("Our own limit is waited for as long as it takes", "[runtime][elapsed]") {
  Patient rig(1);
  rig.start();

  rig.pass(30s, REPRISE_DEFERRED, 1000, REPRISE_ABOUT_RECORD);

  CHECK(rig.dead_letters.empty());
}

TEST_CASE("The time of the first attempt outlives a restart", "[runtime][elapsed]") {
  Patient rig(1);
  rig.start();
  const std::int64_t retry_after_ms = GENERATE(-1, 1000);
  CAPTURE(retry_after_ms);
  rig.pass(6s, REPRISE_RETRIABLE, retry_after_ms);
  rig.write();

  rig.start();
  rig.pass(3s, REPRISE_RETRIABLE, retry_after_ms);
  CHECK(rig.dead_letters.empty());
  rig.pass(3s, REPRISE_RETRIABLE, retry_after_ms);

  CHECK(rig.dead_letters.size() == 1);
}

}  // namespace reprise::runtime
