#include <catch2/catch.hpp>

#include "tests/unit/runtime/neighbours.hpp"

// How long an endpoint is held against what it did before.

namespace reprise::runtime {

using namespace fakes;

namespace {

/// 5000 records at once for an endpoint that answers each well after 50 ms. How many it gets.
int burst(Neighbours& n) {
  n.rig.sink.on_offer = [&n](Rig::Offer offer) { n.rig.offers.push_back(std::move(offer)); };
  n.add("webhook", 300, 5000);
  n.rig.task->source_resumed(0);
  std::size_t delivered = 0;
  for (int i = 0; i < 6000 && delivered < 5000; ++i) {
    n.rig.turn(50ms);
    delivered += n.rig.offers.size();
    n.rig.settle_all();
  }
  return static_cast<int>(delivered);
}

}  // namespace

TEST_CASE("What an endpoint did yesterday makes no dead letters of its burst today", "[runtime][doubt]") {
  const Answer yesterday = GENERATE(Answer::Refused, Answer::Silent);
  CAPTURE(static_cast<int>(yesterday));
  Neighbours n;
  n.answer_after_silence = Answer::Ok;
  n.answer("webhook", yesterday);
  n.add("webhook", 300);
  n.start();
  n.answer("webhook", Answer::Ok);
  n.pass(15s);
  REQUIRE(n.delivered["webhook"] == 1);
  n.pass(24h, 1min);

  CHECK(burst(n) == 5000);
  CHECK(n.dead_letters.empty());
}

TEST_CASE("Time without a record is no time of trouble", "[runtime][doubt]") {
  Neighbours n;
  n.answer("webhook", Answer::Gone);
  n.add("webhook", 300);
  n.start();
  n.pass(72h, 1min);  // over the weekend
  n.answer("webhook", Answer::Ok);
  n.add("webhook", 300);
  n.rig.task->source_resumed(0);
  n.pass(5s);
  REQUIRE(n.delivered["webhook"] == 1);

  CHECK(burst(n) == 5000);
  CHECK(n.dead_letters["webhook"] == 1);
}

TEST_CASE("An endpoint is doubted for minutes, however long its trouble was", "[runtime][doubt]") {
  Neighbours n;
  n.rig.settings.retry.attempts = 0;
  n.answer("webhook", Answer::Refused);
  n.add("webhook", 300);
  n.start();
  n.pass(24h, 1min);
  n.answer("webhook", Answer::Ok);
  n.pass(20min, 1min);
  REQUIRE(n.delivered["webhook"] == 1);

  CHECK(burst(n) == 5000);
  CHECK(n.dead_letters.empty());
}

}  // namespace reprise::runtime
