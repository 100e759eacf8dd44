#include <catch2/catch.hpp>

#include "tests/unit/runtime/neighbours.hpp"

// What is seen of endpoints in trouble from outside.

namespace reprise::runtime {
namespace {

using namespace fakes;

struct Watched : Rig {
  double gauge(const char* name) {
    return world.metrics.gauge(name, "", {{"connector", kConnector}, {"task", "0"}}).value();
  }
  std::string degraded() {
    for (const auto& subject : world.health.snapshot().subjects) {
      if (subject.subject == "connector/c/0/endpoints") return subject.reason;
    }
    return {};
  }
};

}  // namespace

TEST_CASE("Endpoints in trouble are counted and make the task degraded", "[runtime][endpoints]") {
  Watched rig;
  for (int i = 0; i < 10; ++i) rig.add(0, "k" + std::to_string(i), "value");
  rig.sink.on_offer = [&](Rig::Offer offer) {
    const bool is_down = offer.key == "k3" && rig.world.clock.boot() < BootTime{} + 5s;
    rig.settle(offer.handle, is_down ? REPRISE_RETRIABLE : REPRISE_OK);
  };
  rig.settings.retry.attempts = 0;
  rig.start();
  rig.turn();
  rig.turn(1s);

  CHECK(rig.gauge("reprise_endpoints_in_trouble") == 1);
  CHECK(rig.degraded() == "1 of 10 endpoints are in trouble, such as k3: http.status, answered 503");
  for (int i = 0; i < 6; ++i) rig.turn(1s);
  CHECK(rig.gauge("reprise_endpoints_in_trouble") == 0);
  CHECK(rig.degraded().empty());
}

TEST_CASE("One endpoint of many in trouble is counted, and no reason to call all degraded", "[runtime][endpoints]") {
  Watched rig;
  for (int i = 0; i < 11; ++i) rig.add(0, "k" + std::to_string(i), "value");
  rig.sink.on_offer = [&](Rig::Offer offer) {
    rig.settle(offer.handle, offer.key == "k3" ? REPRISE_RETRIABLE : REPRISE_OK);
  };
  rig.start();
  rig.turn();
  rig.turn(1s);

  CHECK(rig.gauge("reprise_endpoints_in_trouble") == 1);
  CHECK(rig.degraded().empty());
}

TEST_CASE("Endpoints that come no more are forgotten, those in trouble too", "[runtime][endpoints]") {
  EndpointBoard board;
  Neighbours n;
  n.rig.world.services.endpoints = &board;
  n.rig.settings.retry.attempts = 0;
  n.answer("waits", Answer::Refused);
  n.add("waits", 10);
  n.start();
  for (int i = 0; i < 20'000; ++i) {  // keys that nobody knows
    n.answer("stranger" + std::to_string(i), Answer::Gone);
    n.add("stranger" + std::to_string(i), 10);
  }
  n.rig.task->source_resumed(0);
  n.pass(10s);
  REQUIRE(n.rig.task->status()[0].in_flight == 1);

  CHECK(board.all().at(0).known <= 8192);
  n.answer("stranger", Answer::Gone);
  n.add("stranger", 10);
  n.rig.task->source_resumed(0);
  n.pass(10s);
  CHECK(board.all().at(0).in_trouble >= 2);  // for a while it is seen
  n.pass(15min, 1s);
  CHECK(board.all().at(0).in_trouble == 1);
  CHECK(board.all().at(0).known == 1);
  n.answer("waits", Answer::Ok);
  n.pass(10min, 1s);
  CHECK(board.all().at(0).in_trouble == 0);
}

}  // namespace reprise::runtime
