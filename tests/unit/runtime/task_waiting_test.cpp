#include <catch2/catch.hpp>
#include <chrono>

#include "tests/unit/runtime/task_rig.hpp"

// What a task waits for: that it comes back when the time is there, and that it does not turn before.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Would the loop turn again at once, though no time passes and nothing happens? Waits for the next timer.
bool is_restless(Loop& loop) {
  loop.stop();
  loop.run();  // what was notified
  const auto begin = std::chrono::steady_clock::now();
  loop.run();
  return std::chrono::steady_clock::now() - begin < 20ms;
}

}  // namespace

TEST_CASE("A source that had trouble is polled again without being told to", "[runtime][task]") {
  Rig rig(3);
  int troubles = 2;
  rig.source.on_poll = [&]() -> Result<> {
    if (troubles == 0) return {};
    --troubles;
    return retriable("kafka.unknown_topic", "a broker does not know the topic yet");
  };

  rig.start();
  CHECK(rig.offers.empty());
  rig.turn(999ms);
  CHECK(troubles == 1);
  rig.turn(1ms);
  rig.turn(1s);

  CHECK(rig.offers.size() == 3);
  CHECK(rig.listener.failures.empty());
}

TEST_CASE("A record that may be tried again almost at once waits a moment all the same", "[runtime][task]") {
  Rig rig(1);
  rig.start();
  rig.settle_all(REPRISE_RETRIABLE, 1);

  rig.turn();
  rig.turn(99ms);
  CHECK(rig.offers.empty());
  rig.turn(1ms);

  CHECK(rig.offers.size() == 1);
  CHECK(rig.offers.at(0).attempt == 1);
}

TEST_CASE("A record attached to itself is a transform's fault, and no duplicate", "[runtime][task]") {
  struct Confused final : Transform {
    Result<> open(const reprise_stream&) override { return {}; }
    void close(std::uint32_t, std::int32_t) override {}
    Result<> apply(Records records, std::span<reprise_verdict> verdicts) override {
      verdicts[0].action = REPRISE_ATTACH;
      verdicts[0].leader = records[0]->handle;
      return {};
    }
    Result<> outcome(std::span<const reprise_note>) override { return {}; }
    Result<> rebuild(Records) override { return {}; }
  };
  Confused transform;
  Rig rig(1);
  rig.transforms = {&transform};

  rig.start();

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "transform.verdict");
  CHECK(rig.stored().watermark() == 0);
}

TEST_CASE("A source that only moves its cursor does not keep the shard", "[runtime][task]") {
  struct Endless final : Source {
    Result<> open(const reprise_stream&) override { return {}; }
    void close(std::uint32_t, std::int32_t) override {}
    Result<> poll(std::uint32_t, std::size_t, std::size_t, reprise_batch* out) override {
      if (++polls > 1'000'000) throw std::runtime_error("polled without end");
      out->next_offset = polls;
      out->flags = REPRISE_BATCH_MORE;
      return {};
    }
    void commit(std::span<const reprise_place>) override {}
    std::int64_t polls = 0;
  };
  Endless source;
  Rig rig;
  Task task(rig.settings, TaskStages{source, {}, rig.sink, nullptr}, rig.world.services, rig.world.loop, rig.listener);
  task.open(stream_plan(rig.world.store, 0, -1));

  CHECK(task.pump());

  CHECK(task.status()[0].watermark > 0);
}

TEST_CASE("A draining task rests until its sink answers", "[runtime][task]") {
  Rig rig(2);
  rig.start();
  REQUIRE(rig.offers.size() == 2);
  rig.settle(rig.offers[0].handle, REPRISE_RETRIABLE);
  rig.turn();
  rig.task->drain(rig.world.clock.boot() + 10s);

  rig.turn(500ms);  // the parked record's time is over

  CHECK(rig.listener.drains.empty());
  CHECK_FALSE(is_restless(rig.world.loop));
}

TEST_CASE("A task rests while the dead letter queue has all that it may have", "[runtime][task]") {
  Rig rig(1500);
  rig.settings.max_in_flight = 2000;
  rig.sink.on_offer = [&](Rig::Offer offer) { rig.settle(offer.handle, REPRISE_PERMANENT); };
  rig.start();

  rig.turn(100ms);

  REQUIRE(rig.dead_letters.size() == 500);
  CHECK_FALSE(is_restless(rig.world.loop));
}

TEST_CASE("What a crash may send again is bounded for sink and dead letters together", "[runtime][task]") {
  Rig rig(1000);
  rig.settings.max_in_flight = 128;
  std::size_t sent = 0;
  rig.sink.on_offer = [&](Rig::Offer offer) {
    if (++sent <= 200) return rig.settle(offer.handle, REPRISE_PERMANENT);
    rig.offers.push_back(std::move(offer));
  };

  rig.start();
  rig.turn(100ms);

  CHECK(rig.dead_letters.size() == 32);
  CHECK(rig.offers.size() == 96);
  rig.settle_dead_letters();
  rig.turn();
  CHECK(rig.dead_letters.size() + rig.offers.size() <= 128);
}

TEST_CASE("No dead letter goes out while outcomes cannot be written", "[runtime][task]") {
  Rig rig(100);
  rig.settings.max_in_flight = 50;
  rig.sink.on_offer = [&](Rig::Offer offer) {
    rig.settle(offer.handle, offer.offset < 10 ? REPRISE_OK : REPRISE_PERMANENT);
  };
  bool is_full = true;
  rig.world.store.before_commit = [&]() -> Result<> {
    return is_full ? retriable("store.no_space", "the disk is full") : Result<>();
  };
  rig.start();
  rig.turn(rig.settings.group_interval);
  rig.settle_dead_letters();

  rig.turn(10s);
  CHECK(rig.dead_letters.empty());
  is_full = false;
  rig.turn(10s);

  CHECK_FALSE(rig.dead_letters.empty());
}

TEST_CASE("A transform is told no outcomes inside its own call", "[runtime][task]") {
  /// Writes and scans its state when a partition opens, as one that loads its marks does.
  struct Scanning final : Transform {
    Result<> open(const reprise_stream& stream) override {
      is_in_call = true;
      if (stream.slot == 1) {
        reprise_state_op change{stream.slot, REPRISE_STATE_PUT, 0, 0, bytes_of("k"), bytes_of("v"), 0};
        REQUIRE(rig->task->state_write(0, {&change, 1}).ok());
        std::vector<std::pair<std::string, std::string>> found;
        entries = rig->task->state_scan(0, stream.slot, "", "", 10, &found);
      }
      is_in_call = false;
      return {};
    }
    void close(std::uint32_t, std::int32_t) override {}
    Result<> apply(Records records, std::span<reprise_verdict> verdicts) override {
      for (std::size_t i = 0; i < records.size(); ++i) verdicts[i].tag = 1;
      return {};
    }
    Result<> outcome(std::span<const reprise_note> notes) override {
      was_told_in_call |= is_in_call;
      told += notes.size();
      return {};
    }
    Result<> rebuild(Records) override { return {}; }

    Rig* rig = nullptr;
    bool is_in_call = false;
    bool was_told_in_call = false;
    std::size_t told = 0;
    std::int32_t entries = -1;
  };
  Scanning transform;
  Rig rig(3);
  transform.rig = &rig;
  rig.transforms = {&transform};
  rig.start();
  rig.settle_all();
  rig.turn();  // the outcomes wait for their group
  rig.log[1];

  rig.task->open(stream_plan(rig.world.store, 1, -1));
  rig.turn();

  CHECK(transform.entries == 1);
  CHECK_FALSE(transform.was_told_in_call);
  rig.turn(rig.settings.group_interval);
  CHECK(transform.told == 3);
  CHECK(rig.stored().counters.delivered == 3);
}

}  // namespace reprise::runtime
