#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// A sink that takes nothing: when it is asked again, and what is told about it.

namespace reprise::runtime {
namespace {

using namespace fakes;

telemetry::SubjectHealth health(Rig& rig) {
  for (const telemetry::SubjectHealth& each : rig.world.health.snapshot().subjects) {
    if (each.subject == "connector/c/0") return each;
  }
  return {};
}

double refusals(Rig& rig) {
  return rig.world.metrics
      .counter("reprise_sink_away_total", "", {{"connector", kConnector}, {"task", "0"}, {"kind", "gateway.away"}})
      .value();
}

/// Settles what it is offered, and then says that it took nothing.
class Confused final : public Sink {
 public:
  explicit Confused(Rig& rig) : rig_(rig) {}
  ~Confused() override { rig_.task.reset(); }  // it borrows this
  Result<> open(const reprise_stream&) override { return {}; }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> route(Records, std::span<reprise_route>) override { return {}; }
  Result<> deliver(Records records, std::size_t* taken) override {
    ++calls;
    for (const reprise_record* record : records) rig_.settle(record->handle);
    *taken = 0;
    return {};
  }
  Result<> flush(std::int32_t, BootTime) override { return {}; }

  int calls = 0;

 private:
  Rig& rig_;
};

}  // namespace

TEST_CASE("A sink that is away is asked again by errors.retry, without end", "[runtime][task]") {
  Rig rig(3);
  rig.settings.retry.attempts = 2;  // of a record: none is spent here
  int calls = 0;
  rig.sink.before_deliver = [&](std::size_t) -> Result<std::size_t> {
    ++calls;
    return retriable("gateway.away", "the gateway is away");
  };
  rig.start();

  for (const auto wait : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms, 1000ms}) {
    CAPTURE(wait.count());
    const int before = calls;
    rig.turn(wait - 1ms);
    CHECK(calls == before);
    rig.turn(1ms);
    CHECK(calls == before + 1);
  }
  CHECK(rig.listener.failures.empty());
}

TEST_CASE("A sink that says for how long it is away is left alone so long, unless it says resume", "[runtime][task]") {
  Rig rig(3);
  rig.settings.max_in_flight = 1;
  int calls = 0;
  bool is_away = false;
  rig.sink.before_deliver = [&](std::size_t count) -> Result<std::size_t> {
    ++calls;
    if (!is_away) return count;
    Error error = retriable("gateway.away", "the gateway is away");
    error.retry_after_ms = 5000;
    return error;
  };
  rig.start();
  is_away = true;
  rig.settle_all();
  rig.turn();
  REQUIRE(calls == 2);

  rig.turn(4999ms);
  CHECK(calls == 2);
  is_away = false;
  SECTION("its time is over") { rig.turn(1ms); }
  SECTION("it says that it can take again") {
    rig.task->sink_resumed(0);
    rig.turn();
  }
  CHECK(calls == 3);
  CHECK(rig.offers.size() == 1);
}

TEST_CASE("A settlement is no reason to ask a sink that is away", "[runtime][task]") {
  Rig rig(3);
  int calls = 0;
  rig.sink.before_deliver = [&](std::size_t) -> Result<std::size_t> {
    if (++calls == 1) return std::size_t{2};
    return retriable("gateway.away", "the gateway is away");
  };
  rig.start();
  rig.turn(1s);
  REQUIRE(calls == 2);

  rig.settle_all();
  rig.turn();

  CHECK(calls == 2);
}

TEST_CASE("A sink that is away shows in health and metrics with its reason, until it takes again", "[runtime][task]") {
  Rig rig(3);
  bool is_away = true;
  rig.sink.before_deliver = [&](std::size_t count) -> Result<std::size_t> {
    if (is_away) return retriable("gateway.away", "the gateway is away");
    return count;
  };
  rig.start();

  CHECK(health(rig).state == telemetry::HealthState::Degraded);
  CHECK(health(rig).reason == "the sink is away: the gateway is away");
  CHECK(refusals(rig) == 1);
  rig.turn(1s);  // what a tick says about the task does not cover it
  CHECK(health(rig).state == telemetry::HealthState::Degraded);
  CHECK(refusals(rig) == 2);

  is_away = false;
  rig.turn(1s);

  CHECK(rig.offers.size() == 3);
  CHECK(health(rig).state == telemetry::HealthState::Up);
}

TEST_CASE("A dead letter queue that is away shows its reason, and is asked again by errors.retry", "[runtime][task]") {
  Rig rig(1);
  int calls = 0;
  rig.dead_letter.before_deliver = [&](std::size_t) -> Result<std::size_t> {
    ++calls;
    return retriable("gateway.away", "the gateway is away");
  };
  rig.start();
  rig.settle_all(REPRISE_PERMANENT);
  rig.turn();
  REQUIRE(calls == 1);

  const telemetry::HealthSnapshot snapshot = rig.world.health.snapshot();
  REQUIRE(snapshot.worst == telemetry::HealthState::Degraded);
  CHECK(snapshot.subjects.front().subject == "connector/c/dead_letter");
  CHECK(snapshot.subjects.front().reason == "the gateway is away");
  rig.turn(100ms);
  CHECK(calls == 2);
  rig.turn(199ms);
  CHECK(calls == 2);
  rig.turn(1ms);
  CHECK(calls == 3);
}

TEST_CASE("A record that was settled but not taken is offered again after a while, and not at once",
          "[runtime][task]") {
  Rig rig(1);
  Confused sink(rig);
  rig.task = std::make_unique<Task>(rig.settings, TaskStages{rig.source, {}, sink, nullptr}, rig.world.services,
                                    rig.world.loop, rig.listener);
  rig.task->open(stream_plan(rig.world.store, 0, -1));

  CHECK_NOTHROW(rig.turn());

  CHECK(sink.calls == 1);
  CHECK(rig.strays() == 1);
  CHECK_NOTHROW(rig.turn(1s));
  CHECK(sink.calls == 2);
  CHECK(rig.stored().counters.delivered == 0);
}

TEST_CASE("A dead letter that was settled but not taken is none yet", "[runtime][task]") {
  Rig rig(1);
  Confused dead_letter(rig);
  rig.task = std::make_unique<Task>(rig.settings, TaskStages{rig.source, {}, rig.sink, &dead_letter},
                                    rig.world.services, rig.world.loop, rig.listener);
  rig.task->open(stream_plan(rig.world.store, 0, -1));
  rig.turn();
  rig.settle_all(REPRISE_PERMANENT);

  rig.write();

  CHECK(rig.strays() == 1);
  CHECK(rig.stored().counters.dead_lettered == 0);
  CHECK(rig.stored().watermark() == 0);
}

TEST_CASE("A failure whose pause is zero leaves the pause to the host, and harms no other record", "[runtime][task]") {
  Rig rig;
  rig.settings.max_in_flight = 1;
  for (int i = 0; i < 2; ++i) rig.add(0, "", "v");
  rig.start();
  const auto status =
      GENERATE(static_cast<reprise_status>(REPRISE_DEFERRED), static_cast<reprise_status>(REPRISE_RETRIABLE));
  CAPTURE(status);

  rig.settle_all(status, 0);
  rig.turn();

  REQUIRE(rig.offers.size() == 1);
  CHECK(rig.offers[0].offset == 1);
  rig.settle_all();
  rig.turn(99ms);
  CHECK(rig.offers.empty());
  rig.turn(1ms);
  REQUIRE(rig.offers.size() == 1);
  CHECK(rig.offers[0].offset == 0);
  CHECK(rig.offers[0].attempt == (status == REPRISE_RETRIABLE ? 2 : 1));
}

}  // namespace reprise::runtime
