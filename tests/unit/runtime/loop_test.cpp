#include "host/runtime/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "host/runtime/shard.hpp"
#include "tests/unit/runtime/fakes.hpp"

namespace reprise::runtime {
namespace {

using namespace fakes;

/// A condition that is waited for with a deadline.
class Signal {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool wait(int count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// A descriptor that can be made readable.
class Event {
 public:
  Event() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Event() { close(fd_); }
  int fd() const { return fd_; }
  void raise() {
    const std::uint64_t one = 1;
    REQUIRE(write(fd_, &one, sizeof one) == sizeof one);
  }

 private:
  int fd_;
};

/// Turns once: what was posted, timers, watches.
void turn(Loop& loop) {
  loop.stop();
  loop.run();
}

}  // namespace

TEST_CASE("Closures of many threads all run, each thread's in its order", "[runtime][loop]") {
  const SystemClock clock;
  Shard shard(clock);
  constexpr int kThreads = 4, kEach = 2000;
  std::vector<int> last(kThreads, -1);
  std::atomic<bool> is_ordered{true};
  Signal done;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          shard.loop().post([&, thread, i] {
            if (last[static_cast<std::size_t>(thread)] != i - 1) is_ordered = false;
            last[static_cast<std::size_t>(thread)] = i;
            if (i == kEach - 1) done.set();
          });
        }
      });
    }
  }

  CHECK(done.wait(kThreads));
  CHECK(is_ordered);
}

TEST_CASE("A notification is not lost, whenever it comes", "[runtime][loop]") {
  class Counting final : public Pumped {
   public:
    bool pump() override {
      seen.store(asked.load());
      return false;
    }
    std::atomic<int> asked{0}, seen{0};
  };
  const SystemClock clock;
  Counting counting;
  Shard shard(clock);
  shard.run([&] { shard.loop().add(&counting); });

  int slow = 0;
  for (int i = 1; i <= 2000; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    counting.asked = i;
    shard.loop().notify();
    while (counting.seen < i && std::chrono::steady_clock::now() < begin + 20s) std::this_thread::yield();
    REQUIRE(counting.seen >= i);
    // Without the notification it would be seen when the loop's longest wait of a second is over.
    if (std::chrono::steady_clock::now() - begin > 900ms) ++slow;
  }

  CHECK(slow < 5);
  shard.run([&] { shard.loop().remove(&counting); });
}

TEST_CASE("What wants another turn gets it at once", "[runtime][loop]") {
  class Busy final : public Pumped {
   public:
    explicit Busy(Signal& done) : done_(done) {}
    bool pump() override {
      if (++turns_ == 10'000) done_.set();
      return turns_ < 10'000;
    }

   private:
    Signal& done_;
    int turns_ = 0;
  };
  const SystemClock clock;
  Signal done;
  Busy busy(done);
  Shard shard(clock);
  shard.run([&] { shard.loop().add(&busy); });

  CHECK(done.wait());

  shard.run([&] { shard.loop().remove(&busy); });
}

TEST_CASE("A timer fires once, not before its time, and can be armed again or disarmed", "[runtime][loop]") {
  ManualClock clock;
  Loop loop(clock);
  int fired = 0, never = 0;
  Loop::Timer timer(loop, [&] { ++fired; });
  Loop::Timer disarmed(loop, [&] { ++never; });
  timer.arm(clock.boot() + 10ms);
  disarmed.arm(clock.boot() + 10ms);
  disarmed.disarm();

  turn(loop);
  CHECK(fired == 0);
  clock.advance(10ms);
  turn(loop);
  CHECK(fired == 1);
  CHECK(timer.at() == BootTime::max());
  clock.advance(1h);
  turn(loop);
  CHECK(fired == 1);
  timer.arm(clock.boot());
  turn(loop);
  CHECK(fired == 2);
  CHECK(never == 0);
}

TEST_CASE("A timer's function may end or disarm another timer that is due", "[runtime][loop]") {
  ManualClock clock;
  Loop loop(clock);
  int fired = 0;
  std::unique_ptr<Loop::Timer> victim;
  Loop::Timer postponed(loop, [&] { fired += 100; });
  Loop::Timer killer(loop, [&] { ++fired; });
  {
    Loop::Timer first(loop, [&] {
      victim.reset();
      postponed.arm(clock.boot() + 1h);
      ++fired;
    });
    victim = std::make_unique<Loop::Timer>(loop, [&] { fired += 10; });
    // The one that was made first runs first.
    Loop::Timer* const all[] = {&first, victim.get(), &killer};
    for (Loop::Timer* timer : all) timer->arm(clock.boot());
    turn(loop);
  }

  CHECK(fired == 2);
  CHECK(victim == nullptr);
}

TEST_CASE("A timer wakes a loop that waits", "[runtime][loop]") {
  const SystemClock clock;
  Shard shard(clock);
  Signal done;
  std::optional<Loop::Timer> timer;
  shard.run([&] {
    timer.emplace(shard.loop(), [&] { done.set(); });
    timer->arm(clock.boot() + 5ms);
  });

  CHECK(done.wait());

  shard.run([&] { timer.reset(); });
}

TEST_CASE("A watch may end itself and others in its own function", "[runtime][loop]") {
  ManualClock clock;
  Loop loop(clock);
  Event a, b;
  a.raise();
  b.raise();
  int calls = 0;
  const auto end_both = [&](int, std::uint32_t events) {
    CHECK((events & EPOLLIN) != 0);
    loop.watch(a.fd(), 0, {});
    loop.watch(b.fd(), 0, {});
    ++calls;
  };
  loop.watch(a.fd(), EPOLLIN, end_both);
  loop.watch(b.fd(), EPOLLIN, end_both);

  turn(loop);
  turn(loop);

  CHECK(calls == 1);
}

TEST_CASE("A watch is level-triggered, and its events can be changed within", "[runtime][loop]") {
  ManualClock clock;
  Loop loop(clock);
  Event event;
  event.raise();
  std::vector<std::uint32_t> seen;
  loop.watch(event.fd(), EPOLLIN, [&](int fd, std::uint32_t events) {
    seen.push_back(events);
    if (seen.size() == 2) loop.watch(fd, EPOLLOUT, {});
  });

  for (int i = 0; i < 3; ++i) turn(loop);

  CHECK(seen == std::vector<std::uint32_t>{EPOLLIN, EPOLLIN, EPOLLOUT});
  loop.watch(event.fd(), 0, {});
  loop.watch(event.fd(), 0, {});  // twice is harmless
}

TEST_CASE("What is posted before stop is still run", "[runtime][loop]") {
  ManualClock clock;
  Loop loop(clock);
  bool is_run = false, is_own = false;
  loop.post([&] {
    is_own = loop.is_own_thread();
    loop.post([&] { is_run = true; });
  });

  turn(loop);

  CHECK(is_own);
  CHECK(is_run);
  CHECK_FALSE(loop.is_own_thread());
}

}  // namespace reprise::runtime
