#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// What a task gives its stages: their order of opening, their state, and what is shown of them.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Says what is asked of it; keeps everything, and its tag is the record's offset + 1.
class Told final : public Transform {
 public:
  Told(std::string name, std::vector<std::string>& said) : name_(std::move(name)), said_(said) {}
  Result<> open(const reprise_stream& stream) override {
    said_.push_back("open " + name_);
    connector = std::string(view(stream.connector));
    if (on_open) return on_open(stream);
    return {};
  }
  void close(std::uint32_t, std::int32_t why) override {
    said_.push_back("close " + name_ + " " + std::to_string(why));
  }
  Result<> apply(Records records, std::span<reprise_verdict> verdicts) override {
    for (std::size_t i = 0; i < records.size(); ++i)
      verdicts[i].tag = static_cast<std::uint64_t>(records[i]->offset) + 1;
    return {};
  }
  Result<> outcome(std::span<const reprise_note> all) override {
    for (const reprise_note& note : all) notes.emplace_back(note.tag, note.outcome);
    if (on_outcome) on_outcome();
    return {};
  }
  Result<> rebuild(Records) override { return {}; }

  std::function<Result<>(const reprise_stream&)> on_open;
  std::function<void()> on_outcome;
  std::vector<std::pair<std::uint64_t, reprise_outcome>> notes;
  std::string connector;

 private:
  const std::string name_;
  std::vector<std::string>& said_;
};

reprise_state_op change(std::int32_t op, std::string_view key, std::string_view value = {}) {
  return {0, op, 0, 0, bytes_of(key), bytes_of(value)};
}

std::string state_of(Task& task, std::string_view key) {
  std::string value;
  const std::int32_t found = task.state_get(0, 0, key, &value);
  return found == 1 ? value : found == 0 ? "none" : "error";
}

}  // namespace

TEST_CASE("Stages are opened before the source is, and closed in the other direction", "[runtime][task]") {
  std::vector<std::string> said;
  Told first("first", said), second("second", said);
  Rig rig(1);
  rig.transforms = {&first, &second};
  int refusals = 2;
  second.on_open = [&](const reprise_stream&) -> Result<> {
    if (refusals-- > 0) return retriable("busy", "not yet");
    return {};
  };

  rig.start();
  CHECK(rig.offers.empty());
  rig.turn(20ms);
  rig.turn(20ms);

  CHECK(said == std::vector<std::string>{"open first", "open second", "open second", "open second"});
  CHECK(rig.offers.size() == 1);
  CHECK(first.connector == kConnector);
  said.clear();
  rig.task->close();
  CHECK(said == std::vector<std::string>{"close second 2", "close first 2"});
  CHECK(rig.sink.opened.empty());
  rig.task->close();
  CHECK(said.size() == 2);
}

TEST_CASE("A stage that cannot open a stream fails the task, and only what was opened is closed", "[runtime][task]") {
  std::vector<std::string> said;
  Told first("first", said), second("second", said), third("third", said);
  Rig rig(1);
  rig.transforms = {&first, &second, &third};
  second.on_open = [](const reprise_stream&) -> Result<> { return fatal("dedup.state", "its state is damaged"); };

  rig.start();

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "dedup.state");
  CHECK(said == std::vector<std::string>{"open first", "open second", "close first 2"});
}

TEST_CASE("A transform is told each outcome once, in the group's write", "[runtime][task]") {
  std::vector<std::string> said;
  Told transform("t", said);
  Rig rig(3);
  rig.transforms = {&transform};
  rig.start();
  transform.on_outcome = [&] {
    const auto mark = change(REPRISE_STATE_PUT, "mark", "made");
    REQUIRE(rig.task->state_write(0, {&mark, 1}).ok());
  };
  std::string stored;

  rig.settle(rig.offers[0].handle);
  rig.settle(rig.offers[2].handle, REPRISE_PERMANENT);
  rig.turn();
  CHECK(transform.notes.empty());
  CHECK_FALSE(*rig.world.store.get(stream_key(0).transform(0) + "mark", &stored));
  rig.write();

  CHECK(transform.notes == std::vector<std::pair<std::uint64_t, reprise_outcome>>{{1, REPRISE_DELIVERED}});
  CHECK(*rig.world.store.get(stream_key(0).transform(0) + "mark", &stored));
  rig.settle_dead_letters();
  rig.write();
  CHECK(transform.notes.size() == 2);
  CHECK(transform.notes.back() == std::pair<std::uint64_t, reprise_outcome>{3, REPRISE_DEAD_LETTERED});
}

TEST_CASE("A transform reads its own writes before they are durable", "[runtime][task]") {
  std::vector<std::string> said;
  Told transform("t", said);
  Rig rig(1);
  rig.transforms = {&transform};
  rig.start();
  const auto write = [&](std::initializer_list<reprise_state_op> changes) {
    REQUIRE(rig.task->state_write(0, {changes.begin(), changes.size()}).ok());
  };

  write({change(REPRISE_STATE_PUT, "a/1", "one"), change(REPRISE_STATE_PUT, "a/2", "two"),
         change(REPRISE_STATE_PUT, "b", "bee")});
  CHECK(state_of(*rig.task, "a/1") == "one");
  rig.settle_all();
  rig.write();
  CHECK(state_of(*rig.task, "a/1") == "one");
  write({change(REPRISE_STATE_ERASE_PREFIX, "a/"), change(REPRISE_STATE_PUT, "a/2", "new")});
  CHECK(state_of(*rig.task, "a/1") == "none");
  CHECK(state_of(*rig.task, "a/2") == "new");
  write({change(REPRISE_STATE_ERASE, "b")});
  CHECK(state_of(*rig.task, "b") == "none");

  std::vector<std::pair<std::string, std::string>> all;
  CHECK(rig.task->state_scan(0, 0, "", "", 10, &all) == 1);
  CHECK(all == std::vector<std::pair<std::string, std::string>>{{"a/2", "new"}});
  std::string value;
  CHECK(rig.task->state_get(0, 7, "b", &value) == -1);  // no such stream
  CHECK(rig.task->state_scan(0, 7, "", "", 10, &all) == -1);
}

TEST_CASE("A change of state that cannot be taken is refused, and nothing of its call is written", "[runtime][task]") {
  std::vector<std::string> said;
  Told transform("t", said);
  Rig rig(1);
  rig.transforms = {&transform};
  rig.start();
  const auto put = change(REPRISE_STATE_PUT, "a", "b");
  auto bad = change(REPRISE_STATE_APPEND, "a", "c");
  const char* kind = "state.op";
  SECTION("when this version does not know it") {}
  SECTION("when its stream is not open") {
    bad = change(REPRISE_STATE_PUT, "a", "c");
    bad.slot = 7;
    kind = "state.slot";
  }
  const std::array changes = {put, bad};

  const auto written = rig.task->state_write(0, changes);

  REQUIRE_FALSE(written.ok());
  CHECK(written.error().status == Status::Permanent);
  CHECK(written.error().kind == kind);
  std::string value;
  CHECK(rig.task->state_get(0, 0, "a", &value) == 0);
  rig.turn();
  CHECK(rig.listener.failures.empty());
}

TEST_CASE("A job's outcomes are counted by minute in the same write, and its source is not committed",
          "[runtime][task]") {
  Rig rig(4);
  rig.task = std::make_unique<Task>(rig.settings, TaskStages{rig.source, {}, rig.sink, nullptr}, rig.world.services,
                                    rig.world.loop, rig.listener);
  StreamPlan plan = stream_plan(rig.world.store, 0, -1);
  plan.job = "job-1";
  plan.is_counted_by_minute = true;
  rig.task->open(std::move(plan));
  rig.turn();

  rig.settle_all();
  rig.write();
  rig.turn(1s);

  const auto minutes = MinuteCounts::load(rig.world.store, stream_key(0).minutes());
  REQUIRE(minutes.ok());
  REQUIRE(minutes->minutes().size() == 1);
  CHECK(minutes->minutes().begin()->first == 1'700'000'000'000 / 60'000);
  CHECK(minutes->minutes().begin()->second.delivered == 4);
  CHECK(rig.source.committed.empty());
}

TEST_CASE("Lag without an outcome for a while shows as stalled, and goes with the next outcome", "[runtime][task]") {
  Rig rig(2);
  rig.start();
  const auto worst = [&] { return rig.world.health.snapshot().worst; };
  rig.turn(59s);
  CHECK(worst() == telemetry::HealthState::Up);
  rig.turn(2s);
  CHECK(worst() == telemetry::HealthState::Degraded);
  const auto lag = [&] {
    return rig.world.metrics
        .gauge(telemetry::kLagRecords, {{"connector", kConnector}, {"task", "0"}, {"topic", "t"}, {"partition", "0"}})
        .value();
  };
  const PartitionEnds ends = {{{"t", 0}, 2}};
  rig.task->note_ends(ends);
  rig.turn(1s);
  CHECK(lag() == 2);

  rig.settle(rig.offers[0].handle);
  rig.turn();
  rig.turn(1s);

  CHECK(worst() == telemetry::HealthState::Up);
  CHECK(lag() == 1);
}

TEST_CASE("A record after a quiet hour does not show as stalled", "[runtime][task]") {
  Rig rig(1);
  rig.start();
  rig.settle_all();
  rig.write();
  for (int second = 0; second < 3600; ++second) rig.turn(1s);
  rig.add(0, "key1", "value1");
  rig.task->source_resumed(0);
  const auto worst = [&] { return rig.world.health.snapshot().worst; };

  rig.turn(1s);

  REQUIRE(rig.offers.size() == 1);
  CHECK(worst() == telemetry::HealthState::Up);
  rig.turn(58s);
  CHECK(worst() == telemetry::HealthState::Up);
  rig.turn(3s);
  CHECK(worst() == telemetry::HealthState::Degraded);
}

TEST_CASE("What was counted before a restart is not counted again in the metrics", "[runtime][task]") {
  Rig rig(5);
  const auto delivered = [&] {
    return rig.world.metrics
        .counter(telemetry::kRecordsTotal, {{"connector", kConnector}, {"task", "0"}, {"outcome", "delivered"}})
        .value();
  };
  rig.start();
  rig.settle(rig.offers[0].handle);
  rig.settle(rig.offers[1].handle);
  rig.write();
  CHECK(delivered() == 2);

  rig.start();
  rig.settle_all();
  rig.write();

  CHECK(delivered() == 5);
  CHECK(rig.stored().counters.delivered == 5);
}

TEST_CASE("A detached record keeps its bytes while it waits", "[runtime][task]") {
  Rig rig(1);
  const reprise_record* detached = nullptr;
  rig.sink.on_offer = [&](Rig::Offer offer) {
    reprise_record named{};
    named.handle = offer.handle;
    detached = rig.task->detach(&named);
    rig.offers.push_back(std::move(offer));
  };

  rig.start();

  REQUIRE(detached != nullptr);
  CHECK(rig.source.live_batches == 0);
  CHECK(view(detached->value) == "value0");
  reprise_record unknown{};
  unknown.handle = 999;
  CHECK(rig.task->detach(&unknown) == &unknown);
}

}  // namespace reprise::runtime
