#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Rejects what is called "bad", drops what is called "drop"; "odd" gets a verdict that does not exist.
class Judge final : public Transform {
 public:
  Result<> open(const reprise_stream&) override { return {}; }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> apply(Records records, std::span<reprise_verdict> verdicts) override {
    ++calls;
    if (is_busy) return retriable("busy", "not now");
    for (std::size_t i = 0; i < records.size(); ++i) {
      const std::string_view value = view(records[i]->value);
      if (value == "bad") verdicts[i].action = REPRISE_REJECT;
      if (value == "drop") verdicts[i].action = REPRISE_DROP;
      if (value == "odd") verdicts[i].action = 99;
    }
    return {};
  }
  Result<> outcome(std::span<const reprise_note>) override { return {}; }
  Result<> rebuild(Records) override { return {}; }

  int calls = 0;
  bool is_busy = false;
};

std::string header(const ScriptedSink::Offer& offer, std::string_view name) {
  for (const auto& [key, value] : offer.headers) {
    if (key == name) return value;
  }
  return "none";
}

}  // namespace

TEST_CASE("A settlement of what is not in flight is counted and changes nothing", "[runtime][task]") {
  Rig rig(2);
  rig.start();
  const std::uint64_t handle = rig.offers[0].handle;
  rig.settle(handle);
  rig.settle(handle, REPRISE_PERMANENT);
  rig.settle(0);
  rig.settle(UINT64_MAX);
  rig.settle(12345);
  rig.write();
  rig.settle(handle);
  rig.write();

  CHECK(rig.strays() == 5);
  CHECK(rig.task->in_flight() == 1);
  CHECK(rig.stored().counters.delivered == 1);
  CHECK(rig.dead_letters.empty());
  CHECK(rig.world.mismatches(kConnector) == 0);
}

TEST_CASE("A late settlement of an earlier attempt does not settle the next one", "[runtime][task]") {
  Rig rig(1);
  rig.start();
  const std::uint64_t first = rig.offers[0].handle;
  rig.settle(first, REPRISE_RETRIABLE);
  rig.turn();
  rig.turn(100ms);
  REQUIRE(rig.offers.size() == 2);

  rig.settle(first);
  rig.write();

  CHECK(rig.strays() == 1);
  CHECK(rig.task->in_flight() == 1);
  CHECK(rig.stored().counters.delivered == 0);
}

TEST_CASE("Attempts are spaced, counted over restarts, and end in the dead letters", "[runtime][task]") {
  Rig rig(1);
  rig.start();
  CHECK(rig.offers[0].attempt == 1);
  rig.settle_all(REPRISE_RETRIABLE);
  rig.turn();
  rig.turn(99ms);
  CHECK(rig.offers.empty());
  rig.turn(1ms);
  REQUIRE(rig.offers.size() == 1);
  CHECK(rig.offers[0].attempt == 2);
  rig.settle_all(REPRISE_RETRIABLE);
  rig.turn();
  rig.write();
  const std::int64_t since_s = 1'700'000'001;  // the first attempt, by the rig's clock
  CHECK(rig.stored().open == std::vector<OpenRun>{{0, 1, 2, since_s}});

  rig.start();
  REQUIRE(rig.offers.size() == 1);
  CHECK(rig.offers[0].attempt == 3);
  rig.settle_all(REPRISE_RETRIABLE);
  rig.write();

  REQUIRE(rig.dead_letters.size() == 1);
  CHECK(rig.stored().watermark() == 0);  // not before the queue has it
  rig.settle_dead_letters();
  rig.write();
  CHECK(rig.stored().watermark() == 1);
  CHECK(rig.stored().counters.dead_lettered == 1);
  CHECK(rig.stored().counters.retries == 2);
}

TEST_CASE("A failure that says nothing spends an attempt of its record", "[runtime][task]") {
  Rig rig(2);
  rig.sink.route_of = [](const reprise_record&) { return reprise_route{}; };
  rig.start();
  REQUIRE(rig.offers.size() == 2);
  const reprise_error nothing{};
  reprise_settlement settlement{};
  settlement.handle = rig.offers[0].handle;
  settlement.status = REPRISE_RETRIABLE;
  settlement.error = &nothing;

  rig.task->settle({&settlement, 1});
  rig.write();

  CHECK(rig.stored().open == std::vector<OpenRun>{{0, 1, 1, 1'700'000'001}, {1, 1, 0}});
}

TEST_CASE("A deferred record spends no attempt, and its endpoint's other records wait with it", "[runtime][task]") {
  Rig rig(1);
  rig.sink.route_of = [](const reprise_record&) { return reprise_route{.order = 0, .group = 7}; };
  rig.settings.max_in_flight = 1;
  rig.add(0, "other", "v");
  rig.start();
  const auto status =
      GENERATE(static_cast<reprise_status>(REPRISE_DEFERRED), static_cast<reprise_status>(REPRISE_RETRIABLE));
  rig.settle_all(status, 5000);
  rig.turn();
  rig.turn(4900ms);
  CHECK(rig.offers.empty());

  SECTION("until the time that the endpoint asked for") { rig.turn(100ms); }
  SECTION("until the sink says that it can take again") {
    rig.task->sink_resumed(7);
    rig.turn();
  }

  REQUIRE(rig.offers.size() == 1);
  CHECK(rig.offers[0].attempt == 1);
  CHECK(rig.task->status()[0].counters.retries == 0);
}

TEST_CASE("Without tolerance the first failed record fails the task, by name", "[runtime][task]") {
  Rig rig;
  rig.settings.is_tolerant = false;
  for (int i = 0; i < 5; ++i) rig.add(0, "", "v");
  rig.start();
  rig.settle(rig.offers[0].handle);
  rig.settle(rig.offers[3].handle, REPRISE_PERMANENT);
  rig.settle(rig.offers[4].handle);

  rig.turn();
  rig.turn(30s);  // the sink keeps the others

  REQUIRE(rig.listener.failures.size() == 1);
  const Error& error = rig.listener.failures[0];
  CHECK(error.message ==
        "t-0 offset 3 failed after 1 attempt: answered 503 (errors.tolerance: all and errors.dead_letter let the "
        "connector go on)");
  CHECK(error.kind == "http.status");
  CHECK(error.code == 503);
  CHECK(rig.sink.opened.empty());
  CHECK(rig.stored().counters.delivered == 2);
  CHECK(rig.stored().open == std::vector<OpenRun>{{1, 3, 0}});
}

TEST_CASE("A sink that cannot go on fails the task, and its record is read again", "[runtime][task]") {
  Rig rig(1);
  rig.start();
  rig.settle_all(REPRISE_FATAL);
  rig.turn();
  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].message == "the sink cannot go on: answered 503");

  rig.start();

  CHECK(rig.offers.size() == 1);
}

TEST_CASE("An endpoint in trouble overflows into the dead letters and stops nobody", "[runtime][task]") {
  Rig rig;
  for (int i = 0; i < 50; ++i) {
    rig.add(0, "down", std::string(100, 'x'));
    rig.add(0, "up" + std::to_string(i), "v");
  }
  rig.source.batch_records = 10;
  rig.settings.held.max_bytes = 10'000;
  rig.settings.held.endpoint_share = 0.1;
  rig.settings.retry.attempts = 0;
  rig.sink.on_offer = [&](Rig::Offer offer) {
    rig.settle(offer.handle, offer.key == "down" ? REPRISE_RETRIABLE : REPRISE_OK);
  };
  rig.start();

  for (int i = 0; i < 20; ++i) {
    rig.settle_dead_letters();
    rig.turn(20ms);
  }

  const Counters counters = rig.task->status()[0].counters;
  CHECK(counters.delivered == 50);
  CHECK(counters.dead_lettered >= 35);
  CHECK(counters.dead_lettered < 50);  // those within its share still wait
  CHECK(rig.world.mismatches(kConnector) == 0);
}

TEST_CASE("Failures that are the endpoint's fail a job after so many in a row", "[runtime][task]") {
  Rig rig;
  for (int i = 0; i < 60; ++i) rig.add(0, "webhook", "v");
  rig.settings.endpoint_faults = 20;
  rig.start();
  const auto fault = [&] {
    REQUIRE(rig.offers.size() == 1);
    rig.settle(rig.offers[0].handle, REPRISE_PERMANENT, -1, REPRISE_ABOUT_ENDPOINT);
    rig.offers.clear();
    rig.turn();
  };
  for (int i = 0; i < 19; ++i) fault();
  rig.settle_all();  // one success between
  rig.turn();

  for (int i = 0; i < 19; ++i) fault();
  CHECK(rig.listener.failures.empty());
  fault();
  rig.turn(30s);  // the dead letter queue acknowledges nothing

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].message == "20 records in a row failed by their endpoint's fault: answered 503");
}

TEST_CASE("A transform's verdicts are outcomes", "[runtime][task]") {
  Judge judge;
  Rig rig;
  rig.transforms = {&judge};
  for (const char* value : {"good", "bad", "drop"}) rig.add(0, "", value);
  rig.start();

  rig.settle_all();
  rig.write();

  CHECK(rig.stored().counters.delivered == 1);
  CHECK(rig.stored().counters.filtered == 1);
  REQUIRE(rig.dead_letters.size() == 1);
  CHECK(rig.dead_letters[0].value == "bad");
  CHECK(header(rig.dead_letters[0], "__connect.errors.stage") == "TRANSFORMATION");
  rig.settle_dead_letters();
  rig.write();
  CHECK(rig.stored().watermark() == 3);

  rig.add(0, "", "odd");
  rig.task->source_resumed(0);
  rig.turn();
  rig.turn(30s);
  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "transform.verdict");
}

TEST_CASE("A transform that cannot judge now gets the same records again", "[runtime][task]") {
  Judge judge;
  Rig rig(3);
  rig.transforms = {&judge};
  judge.is_busy = true;
  rig.start();
  rig.turn(99ms);
  CHECK(judge.calls == 1);
  judge.is_busy = false;

  rig.turn(1ms);

  CHECK(judge.calls == 2);
  CHECK(rig.offers.size() == 3);
}

TEST_CASE("A sink that takes fewer gets the rest when it has room", "[runtime][task]") {
  Rig rig;
  for (int i = 0; i < 3; ++i) rig.add(0, "", "v" + std::to_string(i));
  std::size_t room = 2;
  rig.sink.before_deliver = [&](std::size_t) -> Result<std::size_t> { return room; };
  rig.start();
  REQUIRE(rig.offers.size() == 2);
  CHECK(rig.task->in_flight() == 2);
  room = 1;

  SECTION("because it settled one") {
    rig.settle(rig.offers[0].handle);
    rig.turn();
  }
  SECTION("because it says so") {
    rig.task->sink_resumed(0);
    rig.turn();
  }
  SECTION("after a while, whatever it says") {
    rig.turn(999ms);
    CHECK(rig.offers.size() == 2);
    rig.turn(1ms);
  }

  REQUIRE(rig.offers.size() == 3);
  CHECK(rig.offers[2].value == "v2");
}

TEST_CASE("A sink that refuses a call is offered the same records again", "[runtime][task]") {
  Rig rig(3);
  bool is_refusing = true;
  rig.sink.before_deliver = [&](std::size_t count) -> Result<std::size_t> {
    if (is_refusing) return retriable("busy", "not now");
    return count;
  };
  rig.start();
  CHECK(rig.task->in_flight() == 0);
  is_refusing = false;

  rig.turn(100ms);

  REQUIRE(rig.offers.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(rig.offers[i].offset == static_cast<std::int64_t>(i));
}

TEST_CASE("A dead letter queue that is away is tried again, and nothing is dropped", "[runtime][task]") {
  Rig rig(5);
  bool is_away = true;
  rig.dead_letter.before_deliver = [&](std::size_t count) -> Result<std::size_t> {
    if (is_away) return retriable("away", "the broker is away");
    return count;
  };
  rig.start();
  rig.settle_all(REPRISE_PERMANENT);
  rig.turn();
  rig.turn(10s);
  CHECK(rig.dead_letters.empty());

  is_away = false;
  rig.turn(200ms);
  REQUIRE(rig.dead_letters.size() == 5);
  rig.settle_dead_letters(REPRISE_RETRIABLE);
  rig.turn();
  CHECK(rig.world.health.snapshot().worst == telemetry::HealthState::Degraded);
  rig.turn(1s);
  REQUIRE(rig.dead_letters.size() == 5);
  rig.settle_dead_letters();
  rig.write();

  CHECK(rig.stored().counters.dead_lettered == 5);
  CHECK(rig.stored().watermark() == 5);
}

TEST_CASE("A turn ends although nothing that is read is wanted", "[runtime][task]") {
  Rig rig(100'000);
  rig.task = std::make_unique<Task>(rig.settings, TaskStages{rig.source, {}, rig.sink, nullptr}, rig.world.services,
                                    rig.world.loop, rig.listener);
  StreamPlan plan = stream_plan(rig.world.store, 0, -1);
  plan.selection.key = "nobody";
  rig.task->open(std::move(plan));

  CHECK(rig.task->pump());

  CHECK(rig.task->status()[0].position < 20'000);
  rig.turn();
  CHECK(rig.task->status()[0].counters.not_selected == 100'000);
}

}  // namespace reprise::runtime
