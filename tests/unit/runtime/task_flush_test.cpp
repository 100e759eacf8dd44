#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// A sink that collects records into large batches is told when no more will come.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Settles when it has 500 records, or is told to flush.
class Collecting final : public Sink {
 public:
  explicit Collecting(Rig& rig) : rig_(rig) {}
  ~Collecting() override { rig_.task.reset(); }  // it borrows this
  Result<> open(const reprise_stream&) override { return {}; }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> route(Records records, std::span<reprise_route> routes) override {
    for (std::size_t i = 0; i < records.size(); ++i) routes[i].order = is_ordered ? 7 : 0;
    return {};
  }
  Result<> deliver(Records records, std::size_t* taken) override {
    for (const reprise_record* record : records) held_.push_back(record->handle);
    *taken = records.size();
    if (held_.size() >= 500) settle();
    return {};
  }
  Result<> flush(std::int32_t why, BootTime deadline) override {
    CHECK((deadline == BootTime::max() || why == REPRISE_FLUSH_DRAIN));
    flushes.push_back(why);
    batches.push_back(held_.size());
    if (fails_with) return *fails_with;
    if (!is_deaf) settle();
    return {};
  }

  std::vector<std::int32_t> flushes;
  std::vector<std::size_t> batches;
  std::optional<Error> fails_with;
  reprise_status status = REPRISE_OK;
  bool is_deaf = false;
  bool is_ordered = false;

 private:
  void settle() {
    std::vector<std::uint64_t> all;
    all.swap(held_);
    for (const std::uint64_t handle : all) rig_.settle(handle, status);
  }
  Rig& rig_;
  std::vector<std::uint64_t> held_;
};

void start(Rig& rig, Sink& sink, Sink* dead_letter = nullptr) {
  rig.task = std::make_unique<Task>(rig.settings, TaskStages{rig.source, {}, sink, dead_letter}, rig.world.services,
                                    rig.world.loop, rig.listener);
  rig.task->open(stream_plan(rig.world.store, 0, -1));
  rig.turn();
}

constexpr std::int32_t kFull = REPRISE_FLUSH_FULL;
constexpr std::int32_t kIdle = REPRISE_FLUSH_IDLE;

}  // namespace

TEST_CASE("A sink that collects more than it may have is told that it is full", "[runtime][task]") {
  Rig rig(300);
  Collecting sink(rig);

  start(rig, sink);
  rig.write();

  CHECK(rig.stored().counters.delivered == 300);
  CHECK(sink.flushes == std::vector{kFull, kFull, kIdle});
  CHECK(sink.batches == std::vector<std::size_t>{128, 128, 44});
}

TEST_CASE("A sink that is full in bytes is told so as well", "[runtime][task]") {
  Rig rig(10);
  rig.settings.max_in_flight_bytes = 40;  // four records of 10 bytes
  Collecting sink(rig);

  start(rig, sink);
  rig.write();

  CHECK(rig.stored().counters.delivered == 10);
  CHECK(sink.flushes == std::vector{kFull, kFull, kIdle});
}

TEST_CASE("A sink is full as well while what waits is behind what it has", "[runtime][task]") {
  Rig rig(3);
  Collecting sink(rig);
  sink.is_ordered = true;

  start(rig, sink);
  rig.write();

  CHECK(rig.stored().counters.delivered == 3);
  CHECK(sink.flushes == std::vector{kFull, kFull, kIdle});
}

TEST_CASE("A sink is told once, until it is given more", "[runtime][task]") {
  Rig rig(3);
  Collecting sink(rig);
  sink.is_deaf = true;

  start(rig, sink);
  for (int i = 0; i < 5; ++i) rig.turn(1s);
  CHECK(sink.flushes == std::vector{kIdle});

  rig.add(0, "more", "v");
  rig.task->source_resumed(0);
  rig.turn();
  CHECK(sink.flushes == std::vector{kIdle, kIdle});
}

TEST_CASE("A sink that has nothing is not told to flush", "[runtime][task]") {
  Rig rig(0);
  Collecting sink(rig);

  start(rig, sink);
  rig.turn(1s);

  CHECK(sink.flushes.empty());
}

TEST_CASE("A dead letter queue that collects is told as well", "[runtime][task]") {
  Rig rig(200);
  Collecting sink(rig), queue(rig);
  sink.status = REPRISE_PERMANENT;

  start(rig, sink, &queue);
  for (int i = 0; i < 20; ++i) rig.write();

  CHECK(rig.stored().counters.dead_lettered == 200);
}

TEST_CASE("A flush that fails fails the task", "[runtime][task]") {
  Rig rig(3);
  Collecting sink(rig);
  sink.fails_with = fatal("sink.broken", "the pipe is broken");

  start(rig, sink);
  rig.turn(30s);

  REQUIRE(rig.listener.failures.size() == 1);
  CHECK(rig.listener.failures[0].kind == "sink.broken");
}

}  // namespace reprise::runtime
