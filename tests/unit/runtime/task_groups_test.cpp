#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// Groups whose outcomes a transform does not take, and what it wrote in calls that failed.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Marks the offset of each record that has an outcome, as a transform does that looks for duplicates.
class Marks final : public Transform {
 public:
  Marks(Rig& rig, std::size_t index) : rig_(rig), index_(index) {}
  ~Marks() override { rig_.task.reset(); }  // it borrows this
  Result<> open(const reprise_stream&) override { return {}; }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> apply(Records records, std::span<reprise_verdict> verdicts) override {
    if (auto failed = std::exchange(apply_fails_with, {})) {
      write("written in an apply that failed");
      return *failed;
    }
    for (std::size_t i = 0; i < records.size(); ++i)
      verdicts[i].tag = static_cast<std::uint64_t>(records[i]->offset) + 1;
    return {};
  }
  Result<> outcome(std::span<const reprise_note> notes) override {
    ++calls;
    for (const reprise_note& note : notes) {
      write(std::to_string(note.tag));
      if (outcome_fails_with) return *outcome_fails_with;  // half of it is written by then
    }
    told += notes.size();
    return {};
  }
  Result<> rebuild(Records) override { return {}; }

  /// What the store has.
  std::size_t stored() const {
    std::size_t count = 0;
    REQUIRE(rig_.world.store
                .scan(stream_key(0).transform(index_), "",
                      [&](std::string_view, std::string_view) {
                        ++count;
                        return true;
                      })
                .ok());
    return count;
  }

  std::optional<Error> apply_fails_with, outcome_fails_with;
  std::size_t calls = 0;
  std::size_t told = 0;

 private:
  void write(std::string_view key) {
    reprise_state_op put{};
    put.op = REPRISE_STATE_PUT;
    put.key = bytes_of(key);
    put.value = bytes_of("1");
    REQUIRE(rig_.task->state_write(index_, {&put, 1}).ok());
  }
  Rig& rig_;
  const std::size_t index_;
};

/// Three records that were delivered, a group that is not written yet, and more records to come. Two transforms.
struct GroupRig : Rig {
  GroupRig() : Rig(3) {
    transforms = {&first, &second};
    settings.max_in_flight = 3;
    start();
    REQUIRE(offers.size() == 3);
  }
  Marks first{*this, 0}, second{*this, 1};
};

telemetry::HealthState worst(Rig& rig) { return rig.world.health.snapshot().worst; }

}  // namespace

TEST_CASE("A group whose outcomes a transform cannot take fails the task, and is not committed", "[runtime][task]") {
  GroupRig rig;
  rig.second.outcome_fails_with = GENERATE(fatal("marks.broken", "no"), permanent("marks.broken", "no"));
  rig.settle_all();

  rig.write();

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "marks.broken");
  CHECK(rig.stored().counters.delivered == 0);
  CHECK(rig.stored().watermark() == 0);
  CHECK(rig.first.stored() == 0);
  CHECK(rig.second.stored() == 0);
}

TEST_CASE("A group whose outcomes a transform cannot take now is tried again as a whole", "[runtime][task]") {
  GroupRig rig;
  rig.second.outcome_fails_with = retriable("marks.busy", "not now");
  rig.settle_all();

  rig.write();
  CHECK(rig.stored().counters.delivered == 0);
  CHECK(rig.first.stored() + rig.second.stored() == 0);
  CHECK(worst(rig) == telemetry::HealthState::Degraded);
  for (int i = 0; i < 3; ++i) rig.add(0, "later" + std::to_string(i), "v");
  rig.task->source_resumed(0);
  for (int i = 0; i < 4; ++i) rig.turn(250ms);
  CHECK(rig.second.calls == 5);                           // it is left alone between
  CHECK(rig.offers.empty());                              // what would be sent now could be lost with the group
  CHECK(worst(rig) == telemetry::HealthState::Degraded);  // also after the next tick

  rig.second.outcome_fails_with.reset();
  rig.turn(1s);

  CHECK(rig.stored().counters.delivered == 3);
  CHECK(rig.first.stored() == 3);
  CHECK(rig.second.stored() == 3);
  CHECK(rig.first.told == 3);  // once
  CHECK(rig.offers.size() == 3);
  rig.turn(1s);
  CHECK(worst(rig) == telemetry::HealthState::Up);
}

TEST_CASE("A drain waits for a transform that cannot take the outcomes now", "[runtime][task]") {
  GroupRig rig;
  rig.second.outcome_fails_with = retriable("marks.busy", "not now");
  rig.settle_all();
  rig.task->drain(rig.world.clock.boot() + 10s);
  rig.turn();
  CHECK(rig.listener.drains.empty());

  rig.second.outcome_fails_with.reset();
  rig.turn(1s);

  CHECK(rig.listener.drains == std::vector{true});
  CHECK(rig.stored().counters.delivered == 3);
  CHECK(rig.second.stored() == 3);
}

TEST_CASE("What a transform wrote in an apply that failed is dropped", "[runtime][task]") {
  Rig rig(3);
  Marks marks(rig, 0);
  rig.transforms = {&marks};
  marks.apply_fails_with = retriable("marks.busy", "not now");
  rig.start();
  rig.turn(100ms);
  REQUIRE(rig.offers.size() == 3);

  rig.settle_all();
  rig.write();

  CHECK(rig.stored().counters.delivered == 3);
  CHECK(marks.stored() == 3);
}

}  // namespace reprise::runtime
