#include <catch2/catch.hpp>

#include "tests/unit/runtime/neighbours.hpp"

// An endpoint in trouble that has no neighbours: nobody gains by what it loses.

namespace reprise::runtime {

using namespace fakes;

namespace {

/// One endpoint, though its records have several keys.
void share_one_endpoint(Rig& rig) {
  rig.sink.route_of = [](const reprise_record& record) {
    return reprise_route{.order = ScriptedSink::by_key(record).order, .group = 0};
  };
}

}  // namespace

TEST_CASE("A job waits for its endpoint, however much of its range is behind", "[runtime][alone]") {
  const auto down = GENERATE(0s, 5s);
  CAPTURE(down.count());
  Neighbours n(config::ConnectorConfig::Mode::Replay);
  n.rig.settings.endpoint_faults = 20;
  n.answer("webhook", Answer::Refused);
  n.add("webhook", 300, 20'000);

  n.start();
  n.pass(down, 10ms);
  n.answer("webhook", Answer::Ok);
  n.pass(60s, 100ms);

  CHECK(n.delivered["webhook"] == 20'000);
  CHECK(n.dead_letters["webhook"] == 0);
}

TEST_CASE("The one endpoint of a sink is waited for", "[runtime][alone]") {
  Neighbours n;
  share_one_endpoint(n.rig);
  for (const char* const key : {"a", "b"}) n.answer(key, Answer::Refused);
  for (int i = 0; i < 10'000; ++i) {
    for (const char* const key : {"a", "b"}) n.add(key, 7000);
  }

  n.start();
  n.pass(5s);
  for (const char* const key : {"a", "b"}) n.answer(key, Answer::Ok);
  n.pass(60s);

  CHECK(n.delivered["a"] + n.delivered["b"] == 20'000);
  CHECK(n.dead_letters.empty());
}

TEST_CASE("Attempts and max_elapsed end the waiting for the one endpoint of a sink", "[runtime][alone]") {
  Neighbours n;
  share_one_endpoint(n.rig);
  const bool is_by_time = GENERATE(true, false);
  CAPTURE(is_by_time);
  n.rig.settings.retry = {
      .initial = 1s, .multiplier = 1, .max = 1s, .full_jitter = false, .attempts = 5, .max_elapsed = {}};
  if (is_by_time) {
    n.rig.settings.retry.attempts = 0;
    n.rig.settings.retry.max_elapsed = 4s;
  }
  n.answer("a", Answer::Refused);
  n.add("a", 300, 20'000);

  n.start();
  n.pass(21s);

  CHECK(n.dead_letters["a"] >= 4);
  CHECK(n.dead_letters["a"] <= 6);
}

}  // namespace reprise::runtime
