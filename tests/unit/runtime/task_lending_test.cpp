#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// What a sink was given stays lent to it: it may have threads that still look at the bytes when the task has to close.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Keeps the records themselves, as a sink with threads of its own does.
class KeepingSink final : public Sink {
 public:
  Result<> open(const reprise_stream&) override { return {}; }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> route(Records records, std::span<reprise_route> routes) override {
    for (std::size_t i = 0; i < records.size(); ++i) routes[i] = ScriptedSink::by_key(*records[i]);
    return {};
  }
  Result<> deliver(Records records, std::size_t* taken) override {
    kept.insert(kept.end(), records.begin(), records.end());
    *taken = records.size();
    return {};
  }
  Result<> flush(std::int32_t, BootTime) override { return {}; }

  std::vector<const reprise_record*> kept;
};

}  // namespace

TEST_CASE("A record that the sink has keeps its bytes after the task has closed", "[runtime][task]") {
  Rig rig(5);
  KeepingSink sink;
  Task task(rig.settings, TaskStages{rig.source, {}, sink, nullptr}, rig.world.services, rig.world.loop, rig.listener);
  task.open(stream_plan(rig.world.store, 0, -1));
  task.pump();
  REQUIRE(sink.kept.size() == 5);

  SECTION("at once") { task.close(); }
  SECTION("because the drain took too long") {
    task.drain(rig.world.clock.boot() + 100ms);
    rig.world.clock.advance(100ms);
    rig.world.loop.refresh_now();
    task.pump();
    REQUIRE(rig.listener.drains == std::vector{false});
  }
  SECTION("because it failed") {
    rig.source.on_poll = [] { return fatal("source.broken", "it cannot go on"); };
    task.source_resumed(0);
    task.pump();
    rig.world.clock.advance(30s);  // the sink settles nothing
    rig.world.loop.refresh_now();
    task.want_turn();
    task.pump();
    REQUIRE(rig.listener.failures.size() == 1);
  }

  for (std::size_t i = 0; i < sink.kept.size(); ++i) CHECK(view(sink.kept[i]->value) == "value" + std::to_string(i));
}

TEST_CASE("A dead letter keeps its bytes after the task has closed", "[runtime][task]") {
  Rig rig(1);
  KeepingSink queue;
  auto task = std::make_unique<Task>(rig.settings, TaskStages{rig.source, {}, rig.sink, &queue}, rig.world.services,
                                     rig.world.loop, rig.listener);
  rig.sink.on_offer = [&](Rig::Offer offer) {
    const reprise_settlement settlement{offer.handle, REPRISE_PERMANENT, 400, nullptr};
    task->settle({&settlement, 1});
  };
  task->open(stream_plan(rig.world.store, 0, -1));
  while (task->pump()) {
  }
  REQUIRE(queue.kept.size() == 1);

  task->close();

  CHECK(view(queue.kept[0]->value) == "value0");
}

TEST_CASE("What only the task held goes when it closes, the rest with the task", "[runtime][task]") {
  Rig rig(200);
  rig.source.batch_records = 10;
  rig.settings.max_in_flight = 5;
  rig.start();
  REQUIRE(rig.offers.size() == 5);
  REQUIRE(rig.source.live_batches > 1);

  rig.task->close();
  CHECK(rig.source.live_batches == 1);
  rig.task.reset();

  CHECK(rig.source.live_batches == 0);
}

}  // namespace reprise::runtime
