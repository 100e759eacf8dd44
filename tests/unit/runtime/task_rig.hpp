#pragma once
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/runtime/fakes.hpp"

namespace reprise::runtime::fakes {

/// One task over one or more partitions of a small log, turned by hand. Make what it borrows (transforms, another source) before it.
/// The sink keeps what it is offered in `offers`.
class Rig {
 public:
  using Offer = ScriptedSink::Offer;

  explicit Rig(std::int64_t records = 0, std::int32_t partitions = 1) {
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
      log[partition];
      for (std::int64_t i = 0; i < records; ++i) add(partition, "key" + std::to_string(i), "value" + std::to_string(i));
    }
    settings.connector = kConnector;
    settings.is_tolerant = true;
    settings.retry = {
        .initial = 100ms, .multiplier = 2, .max = 1000ms, .full_jitter = false, .attempts = 3, .max_elapsed = {}};
    sink.on_offer = [this](Offer offer) { offers.push_back(std::move(offer)); };
    dead_letter.on_offer = [this](Offer offer) { dead_letters.push_back(std::move(offer)); };
  }
  ~Rig() { task.reset(); }

  void add(std::int32_t partition, std::string key, std::string value) {
    log[partition].push_back(LogRecord{std::move(key), std::move(value), 1'700'000'000'000});
  }

  /// From what the store holds; is_bounded: up to the log's present end.
  void start(bool is_bounded = false) {
    task.reset();
    offers.clear();
    dead_letters.clear();
    task =
        std::make_unique<Task>(settings, TaskStages{source, transforms, sink, has_dead_letter ? &dead_letter : nullptr},
                               world.services, world.loop, listener);
    for (const auto& [partition, records] : log) {
      task->open(stream_plan(world.store, partition, is_bounded ? static_cast<std::int64_t>(records.size()) : -1));
    }
    turn();
  }
  /// Time passes, then the loop turns until the task has nothing to do. Nobody else wakes it: its own timers must.
  void turn(std::chrono::nanoseconds passing = 0ms) {
    world.clock.advance(passing);
    for (int turns = 0; turns == 0 || driver.is_more_to_do; ++turns) {
      if (turns == 100'000) throw std::runtime_error("the task turns without end");
      world.loop.stop();
      world.loop.run();
    }
  }

  /// What was settled is taken, and its group written.
  void write() {
    turn();
    turn(settings.group_interval);
  }

  void settle(std::uint64_t handle, reprise_status status = REPRISE_OK, std::int64_t retry_after_ms = -1,
              std::int32_t about = REPRISE_ABOUT_RECORD) {
    reprise_error error{503, about, retry_after_ms, "http.status", "", "answered 503", {}};
    const reprise_settlement settlement{handle, status, 503, status == REPRISE_OK ? nullptr : &error};
    task->settle({&settlement, 1});
  }
  /// Everything that the sink has.
  void settle_all(reprise_status status = REPRISE_OK, std::int64_t retry_after_ms = -1) {
    std::vector<Offer> all;
    all.swap(offers);
    for (const Offer& offer : all) settle(offer.handle, status, retry_after_ms);
  }
  void settle_dead_letters(reprise_status status = REPRISE_OK) {
    std::vector<Offer> all;
    all.swap(dead_letters);
    for (const Offer& offer : all) settle(offer.handle, status);
  }

  /// As the store has it.
  Checkpoint stored(std::int32_t partition = 0) const { return stream_plan(world.store, partition, -1).from; }
  double strays() {
    return world.metrics.counter("reprise_stray_settlements_total", "", {{"connector", kConnector}, {"task", "0"}})
        .value();
  }

  World world;
  Log log;
  LogSource source{log};
  ScriptedSink sink, dead_letter;
  bool has_dead_letter = true;
  std::vector<Transform*> transforms;
  TaskSettings settings;
  Listener listener;
  std::vector<Offer> offers, dead_letters;
  std::unique_ptr<Task> task;

 private:
  struct Driver final : Pumped {
    explicit Driver(Rig& owner) : rig(owner) { rig.world.loop.add(this); }
    ~Driver() override { rig.world.loop.remove(this); }
    bool pump() override {
      is_more_to_do = rig.task != nullptr && rig.task->pump();
      return false;
    }
    Rig& rig;
    bool is_more_to_do = false;
  };
  Driver driver{*this};
};

}  // namespace reprise::runtime::fakes
