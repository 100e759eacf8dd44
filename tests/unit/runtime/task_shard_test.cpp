#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "host/runtime/shard.hpp"
#include "tests/unit/runtime/fakes.hpp"

// A task on a shard of its own, with the machine's clock and settlements from other threads.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Settles what the sink is offered, on threads of its own.
class Settlers {
 public:
  explicit Settlers(int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
  }
  ~Settlers() { stop(); }

  void give(Task& task, std::uint64_t handle) {
    const std::lock_guard lock(mutex_);
    task_ = &task;
    handles_.push_back(handle);
    changed_.notify_one();
  }
  /// After it no record is settled any more.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    changed_.notify_all();
    threads_.clear();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
      if (!changed_.wait_for(lock, 100ms, [&] { return is_stopping_ || !handles_.empty(); }) || handles_.empty())
        continue;
      const reprise_settlement settlement{handles_.front(), REPRISE_OK, 200, nullptr};
      handles_.pop_front();
      Task* const task = task_;
      lock.unlock();
      task->settle({&settlement, 1});
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::uint64_t> handles_;
  Task* task_ = nullptr;
  bool is_stopping_ = false;
  std::vector<std::jthread> threads_;
};

/// Waits for the end of a stream.
class Ended final : public TaskListener {
 public:
  void stream_ended(const StreamStatus& status) override { tell(status.counters); }
  void task_failed(const Error&) override { tell({}); }
  void task_drained(bool) override {}
  std::optional<Counters> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 30s, [&] { return counters_.has_value(); });
    return counters_;
  }

 private:
  void tell(const Counters& counters) {
    const std::lock_guard lock(mutex_);
    counters_ = counters;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Counters> counters_;
};

std::optional<Counters> deliver(const Log& log, int settlers) {
  const SystemClock clock;
  World world;
  Services services{clock, world.store, *world.plugins, world.tables, world.metrics, world.health, {}, {}};
  LogSource source(log);
  ScriptedSink sink;
  Settlers threads(settlers);
  Ended listener;
  Shard shard(clock);
  TaskSettings settings;
  settings.connector = kConnector;
  std::unique_ptr<Task> task;
  sink.on_offer = [&](ScriptedSink::Offer offer) { threads.give(*task, offer.handle); };
  shard.run([&] {
    task = std::make_unique<Task>(settings, TaskStages{source, {}, sink, nullptr}, services, shard.loop(), listener);
    task->open(stream_plan(world.store, 0, static_cast<std::int64_t>(log.at(0).size())));
    shard.loop().add(task.get());
  });

  auto counters = listener.wait();

  threads.stop();
  shard.run([&] { task.reset(); });
  return counters;
}

}  // namespace

TEST_CASE("A settlement of another thread wakes the task at once", "[runtime][task]") {
  Log log;
  for (int i = 0; i < 500; ++i) log[0].push_back(LogRecord{"one at a time", "v", 0});
  const auto begin = std::chrono::steady_clock::now();

  const auto counters = deliver(log, 1);

  REQUIRE(counters.has_value());
  CHECK(counters->delivered == 500);
  // A wake-up that is lost costs until the next tick, a second.
  CHECK(std::chrono::steady_clock::now() - begin < 25s);
}

TEST_CASE("Settlements of many threads deliver everything once", "[runtime][task]") {
  Log log;
  for (int i = 0; i < 20'000; ++i) log[0].push_back(LogRecord{"", "v", 0});

  const auto counters = deliver(log, 4);

  REQUIRE(counters.has_value());
  CHECK(counters->delivered == 20'000);
}

}  // namespace reprise::runtime
