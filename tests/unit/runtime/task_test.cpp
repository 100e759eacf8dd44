#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

namespace reprise::runtime {
namespace {
using namespace fakes;
constexpr auto kGroup = 20ms;
}  // namespace

TEST_CASE("A stream ends once, when everything is settled and durable", "[runtime][task]") {
  Rig rig(3);
  rig.start(true);
  REQUIRE(rig.offers.size() == 3);
  rig.settle(rig.offers[2].handle);
  rig.settle(rig.offers[0].handle);
  rig.turn(kGroup);
  CHECK(rig.listener.ended.empty());

  rig.settle(rig.offers[1].handle);
  rig.turn();

  REQUIRE(rig.listener.ended.size() == 1);
  CHECK(rig.listener.ended[0].watermark == 3);
  CHECK(rig.listener.ended[0].counters.delivered == 3);
  CHECK(rig.stored().watermark() == 3);
  CHECK(rig.sink.opened.empty());
  CHECK(rig.task->status().empty());
  rig.turn(10s);
  CHECK(rig.listener.ended.size() == 1);
}

TEST_CASE("A stream does not end while its last outcomes cannot be written", "[runtime][task]") {
  Rig rig(2);
  rig.start(true);
  bool is_full = true;
  rig.world.store.before_commit = [&]() -> Result<> {
    if (is_full) return retriable("store.no_space", "the disk is full");
    return {};
  };
  rig.settle(rig.offers[0].handle);
  rig.turn(kGroup);  // this group is prepared, and refused
  rig.settle(rig.offers[1].handle);
  rig.turn(kGroup);
  CHECK(rig.listener.ended.empty());

  is_full = false;
  rig.turn(250ms);

  REQUIRE(rig.listener.ended.size() == 1);
  CHECK(rig.stored().watermark() == 2);
  CHECK(rig.stored().counters.delivered == 2);
}

TEST_CASE("An empty range ends at once", "[runtime][task]") {
  Rig rig(0);

  rig.start(true);

  REQUIRE(rig.listener.ended.size() == 1);
  CHECK(rig.listener.ended[0].counters == Counters());
}

TEST_CASE("A slot is used again after its stream has ended", "[runtime][task]") {
  Rig rig(1);
  rig.start(true);
  rig.settle_all();
  rig.turn();
  REQUIRE(rig.listener.ended.size() == 1);
  rig.add(0, "k", "later");

  rig.task->open(stream_plan(rig.world.store, 0, 2));
  rig.turn();
  REQUIRE(rig.offers.size() == 1);
  CHECK(rig.offers[0].offset == 1);
  rig.settle_all();
  rig.turn();

  REQUIRE(rig.listener.ended.size() == 2);
  CHECK(rig.listener.ended[1].watermark == 2);
}

TEST_CASE("A group is written when it is full or its time has come", "[runtime][task]") {
  Rig rig(20);
  rig.settings.group_outcomes = 10;
  rig.start();
  rig.turn(kGroup);  // what was read
  const int before = rig.world.store.commits;

  for (std::size_t i = 0; i < 9; ++i) rig.settle(rig.offers[i].handle);
  rig.turn(kGroup / 2);
  CHECK(rig.world.store.commits == before);
  rig.settle(rig.offers[9].handle);
  rig.turn();
  CHECK(rig.world.store.commits == before + 1);
  rig.settle(rig.offers[10].handle);
  rig.turn();
  CHECK(rig.world.store.commits == before + 1);
  rig.turn(kGroup);
  CHECK(rig.world.store.commits == before + 2);
  CHECK(rig.stored().watermark() == 11);
}

TEST_CASE("A crash repeats at most what is in flight and one group", "[runtime][task]") {
  Rig rig;
  for (int i = 0; i < 2000; ++i) rig.add(0, "", "v");
  rig.settings.group_interval = 10s;
  std::size_t delivered = 0, at_risk = 0;
  bool is_settling_at_once = false;
  rig.sink.on_offer = [&](Rig::Offer offer) {
    rig.offers.push_back(offer);
    if (!is_settling_at_once) return;
    rig.settle(offer.handle);
    at_risk = std::max(at_risk, ++delivered - rig.stored().counters.delivered);
  };
  rig.start();
  const auto settle_first = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) rig.settle(rig.offers[i].handle);
    rig.offers.erase(rig.offers.begin(), rig.offers.begin() + static_cast<std::ptrdiff_t>(count));
    delivered += count;
  };
  settle_first(127);
  rig.turn();
  settle_first(128);  // 255: the group is open, and the sink has 128 again
  rig.turn();
  REQUIRE(rig.stored().counters.delivered == 0);

  settle_first(128);
  is_settling_at_once = true;
  rig.turn();

  CHECK(delivered > 1000);
  CHECK(at_risk > 128);
  CHECK(at_risk <= 128 + 256);
}

TEST_CASE("While a group cannot be written, nothing more is sent or read", "[runtime][task]") {
  Rig rig(300);
  rig.start();
  rig.turn(kGroup);
  bool is_full = true;
  rig.world.store.before_commit = [&]() -> Result<> {
    if (is_full) return retriable("store.no_space", "the disk is full");
    return {};
  };
  rig.settle_all();
  rig.turn();  // takes the outcomes, offers more
  rig.turn(kGroup);
  const std::size_t with_sink = rig.offers.size();
  const auto position = rig.task->status()[0].position;

  rig.settle(rig.offers[0].handle);
  rig.turn(kGroup);
  rig.turn(1s);

  CHECK(rig.offers.size() == with_sink);
  CHECK(rig.task->status()[0].position == position);
  CHECK(rig.world.health.snapshot().worst == telemetry::HealthState::Degraded);
  is_full = false;
  rig.turn(250ms);
  CHECK(rig.offers.size() > with_sink);
  rig.turn(1s);
  CHECK(rig.world.health.snapshot().worst == telemetry::HealthState::Up);
}

TEST_CASE("A store that cannot go on fails the task", "[runtime][task]") {
  Rig rig(1);
  rig.start();
  rig.world.store.before_commit = []() -> Result<> { return fatal("store.corrupt", "a file is damaged"); };
  rig.settle_all();

  rig.turn(kGroup);

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "store.corrupt");
}

TEST_CASE("A drain lets the sink finish, reads no more, and leaves nothing with the sink", "[runtime][task]") {
  Rig rig(300);
  rig.start();
  REQUIRE(rig.offers.size() == 128);
  rig.settle(rig.offers[0].handle);

  rig.task->drain(rig.world.clock.boot() + 5s);
  rig.turn();
  CHECK(rig.sink.flushes.back() == REPRISE_FLUSH_DRAIN);
  CHECK(rig.listener.drains.empty());
  rig.offers.erase(rig.offers.begin());
  CHECK(rig.offers.size() == 127);
  rig.settle_all();
  rig.turn();

  CHECK(rig.listener.drains == std::vector{true});
  CHECK(rig.offers.empty());
  CHECK(rig.task->in_flight() == 0);
  CHECK(rig.sink.opened.empty());
  CHECK(rig.source.live_batches == 0);
  CHECK(rig.stored().watermark() == 128);
}

TEST_CASE("A drain ends at its deadline, and what the sink still has stays open", "[runtime][task]") {
  Rig rig(3);
  rig.start();
  rig.settle(rig.offers[1].handle);

  rig.task->drain(rig.world.clock.boot() + 5s);
  rig.turn(4999ms);
  CHECK(rig.listener.drains.empty());
  rig.turn(1ms);

  CHECK(rig.listener.drains == std::vector{false});
  CHECK(rig.stored().open == std::vector<OpenRun>{{0, 1, 0}, {2, 1, 0}});
}

TEST_CASE("A new life reads only what was open", "[runtime][task]") {
  Rig rig(10);
  rig.start();
  for (const std::size_t offset : {0u, 3u, 4u, 9u}) rig.settle(rig.offers[offset].handle);
  rig.turn(kGroup);

  rig.start();

  std::vector<std::int64_t> offered;
  for (const auto& offer : rig.offers) offered.push_back(offer.offset);
  CHECK(offered == std::vector<std::int64_t>{1, 2, 5, 6, 7, 8});
}

TEST_CASE("A source that goes back fails the task", "[runtime][task]") {
  class Backwards final : public Source {
   public:
    Result<> open(const reprise_stream&) override { return {}; }
    void close(std::uint32_t, std::int32_t) override {}
    Result<> poll(std::uint32_t, std::size_t, std::size_t, reprise_batch* out) override {
      records_[0].offset = 5;
      records_[1].offset = 4;
      for (auto& record : records_) record.topic = text_of("t");
      out->records = records_;
      out->count = 2;
      out->next_offset = 6;
      return {};
    }
    void commit(std::span<const reprise_place>) override {}

   private:
    reprise_record records_[2]{};
  };
  Backwards source;
  Rig rig;
  rig.task = std::make_unique<Task>(rig.settings, TaskStages{source, {}, rig.sink, nullptr}, rig.world.services,
                                    rig.world.loop, rig.listener);
  rig.task->open(stream_plan(rig.world.store, 0, -1));

  rig.turn();

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].message == "the source gave offset 4 of t-0 when 6 was the next");
}

TEST_CASE("The source is told now and then what is final", "[runtime][task]") {
  Rig rig(5, 2);
  rig.start();
  rig.settle_all();
  rig.turn();  // the second partition has the same keys, and waited for them
  rig.settle_all();
  rig.turn(kGroup);

  rig.turn(1s);

  CHECK(rig.source.committed == std::map<std::int32_t, std::int64_t>{{0, 5}, {1, 5}});
}

TEST_CASE("A record that waits long does not pin the batch it came in", "[runtime][task]") {
  Rig rig;
  for (int i = 0; i < 10; ++i) rig.add(0, "same", "v" + std::to_string(i));
  rig.start();
  REQUIRE(rig.offers.size() == 1);
  rig.settle(rig.offers[0].handle, REPRISE_RETRIABLE);
  rig.turn();
  CHECK(rig.source.live_batches == 1);

  rig.turn(2s);

  CHECK(rig.source.live_batches == 0);
  rig.offers.erase(rig.offers.begin());
  for (int i = 0; i < 10; ++i) {
    REQUIRE(rig.offers.size() == 1);
    CHECK(rig.offers[0].value == "v" + std::to_string(i));
    rig.settle_all();
    rig.turn();
  }
}

}  // namespace reprise::runtime
