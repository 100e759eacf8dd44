#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// How much a task reads ahead, in bytes, with the limits that a user has who sets none.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Gives records of one size without end, one in each batch. They all show the same memory.
class LargeSource final : public Source {
 public:
  explicit LargeSource(std::size_t record_bytes)
      : bytes_(new std::uint8_t[record_bytes]), record_bytes_(record_bytes) {}

  Result<> open(const reprise_stream& stream) override {
    next_[stream.slot] = stream.start;
    return {};
  }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> poll(std::uint32_t slot, std::size_t, std::size_t, reprise_batch* out) override {
    ++polls;
    lent_bytes += record_bytes_;
    auto lent = std::make_unique<Lent>(Lent{*this, {}});
    lent->record.offset = next_[slot]++;
    lent->record.topic = text_of("t");
    lent->record.value = {bytes_.get(), record_bytes_};
    out->records = &lent->record;
    out->count = 1;
    out->next_offset = next_[slot];
    out->slot = slot;
    out->flags = REPRISE_BATCH_MORE;
    out->release = [](reprise_batch* batch) {
      const std::unique_ptr<Lent> owner(static_cast<Lent*>(batch->owner));
      owner->source.lent_bytes -= owner->source.record_bytes_;
    };
    out->owner = lent.release();
    return {};
  }
  void commit(std::span<const reprise_place>) override {}

  std::uint64_t polls = 0;
  std::uint64_t lent_bytes = 0;

 private:
  struct Lent {
    LargeSource& source;
    reprise_record record;
  };
  const std::unique_ptr<std::uint8_t[]> bytes_;
  const std::size_t record_bytes_;
  std::map<std::uint32_t, std::int64_t> next_;
};

void start(Rig& rig, LargeSource& source, std::int32_t partitions) {
  rig.task = std::make_unique<Task>(rig.settings, TaskStages{source, {}, rig.sink, nullptr}, rig.world.services,
                                    rig.world.loop, rig.listener);
  for (std::int32_t partition = 0; partition < partitions; ++partition)
    rig.task->open(stream_plan(rig.world.store, partition, -1));
  rig.turn();
}

double in_flight_bytes(Rig& rig) {
  return rig.world.metrics.gauge("reprise_in_flight_bytes", "", {{"connector", kConnector}, {"task", "0"}}).value();
}

}  // namespace

TEST_CASE("While the sink is away a task reads no more bytes than its limits, whatever a record weighs",
          "[runtime][task]") {
  struct Load {
    std::size_t record_bytes;
    std::int32_t partitions;
  };
  const Load load = GENERATE(Load{3'900'000, 1}, Load{3'900'000, 20}, Load{60'000, 300});
  CAPTURE(load.record_bytes, load.partitions);
  LargeSource source(load.record_bytes);
  Rig rig;
  bool is_away = true;
  rig.sink.before_deliver = [&](std::size_t count) -> Result<std::size_t> {
    if (is_away) return retriable("away", "the gateway is away");
    return count;
  };

  start(rig, source, load.partitions);
  rig.turn(1s);  // of the metrics

  const std::uint64_t limit = rig.settings.max_in_flight_bytes + rig.settings.held.max_bytes;
  CHECK(source.lent_bytes > limit / 2);
  CHECK(source.lent_bytes < limit + load.record_bytes);
  CHECK(in_flight_bytes(rig) == static_cast<double>(source.lent_bytes));

  is_away = false;
  rig.turn(rig.settings.retry.max);
  const std::uint64_t polls = source.polls;
  rig.settle_all();
  rig.turn();
  CHECK(source.polls > polls);  // what is settled makes room
}

TEST_CASE("A record larger than all limits goes alone, and the source is not asked for more meanwhile",
          "[runtime][task]") {
  LargeSource source(100'000'000);
  Rig rig;

  start(rig, source, 1);
  rig.turn(500ms);

  CHECK(source.polls == 1);
  REQUIRE(rig.offers.size() == 1);
  rig.settle_all();
  rig.turn();
  CHECK(source.polls == 2);
  CHECK(rig.offers.size() == 1);
}

TEST_CASE("What is not selected and what failed for good makes room again", "[runtime][task][one-thread]") {
  LargeSource source(4'000'000);
  Rig rig;
  rig.task = std::make_unique<Task>(rig.settings, TaskStages{source, {}, rig.sink, &rig.dead_letter},
                                    rig.world.services, rig.world.loop, rig.listener);
  rig.sink.on_offer = [&](Rig::Offer offer) { rig.settle(offer.handle, REPRISE_PERMANENT); };
  rig.dead_letter.on_offer = [&](Rig::Offer offer) { rig.settle(offer.handle); };
  StreamPlan plan = stream_plan(rig.world.store, 0, -1);
  const bool is_selecting = GENERATE(true, false);
  if (is_selecting) plan.selection.key = "nobody";

  rig.task->open(std::move(plan));
  for (int i = 0; i < 200; ++i) {
    rig.world.loop.stop();
    rig.world.loop.run();
    rig.world.clock.advance(20ms);
  }

  CHECK(source.polls > 100);
}

}  // namespace reprise::runtime
