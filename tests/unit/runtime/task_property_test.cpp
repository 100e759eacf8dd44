#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "tests/unit/runtime/trial_parts.hpp"

// A task against random records, a sink that fails in every way, a dead letter queue and a store that are away for a
// while, and crashes. What must hold is written in docs/delivery-guarantees.md.

namespace reprise::runtime {
namespace {

using namespace fakes;
using Offer = ScriptedSink::Offer;

constexpr int kPartitions = 3;
constexpr std::int64_t kOffsets = 1000;
constexpr std::uint64_t kMostRepeated = 128 + 256;  // in flight, and one group

/// One run over one random log, with several lives of the task.
class Trial {
 public:
  explicit Trial(unsigned seed) : random_(seed), log_(random_log(random_, kPartitions, kOffsets)) {
    from_ms_ = one_in(random_, 2) ? 300 : -1;
    is_settled_by_thread_ = one_in(random_, 3);
    one_in_so_many_at_once_ = one_in(random_, 2) ? 2 : 8;
    world_.store.before_commit = [this]() -> Result<> {
      if (is_store_full_) return retriable("store.no_space", "the disk is full");
      return {};
    };
    world_.store.after_commit = [this](const state::Batch& batch) { look_at_commit(batch); };
  }

  /// In a turn of the loop, so that this is its thread.
  void run() {
    world_.loop.post([this] { run_lives(); });
    world_.loop.stop();
    world_.loop.run();
    CHECK(ended_.size() == kPartitions);
  }

 private:
  void run_lives() {
    int crashes = 0;
    const unsigned lives = 1 + random_() % 6;
    for (unsigned life = 1; ended_.size() != kPartitions; ++life) {
      const bool is_last = life >= lives;
      live(is_last ? UINT32_MAX : 1 + random_() % 120);
      if (ended_.size() != kPartitions) {
        REQUIRE(listener_.failures.empty());
        REQUIRE_FALSE(is_last);
        ++crashes;
      }
    }
    check_end(static_cast<std::uint64_t>(crashes));
  }

  struct Place {
    std::int32_t partition;
    std::int64_t offset;
    auto operator<=>(const Place&) const = default;
  };

  void live(unsigned turns) {
    LogSource source(log_);
    ScriptedSink sink, dead_letter;
    Task* task = nullptr;
    FirstOnly first_only(task, random_);
    DropAndReject drop_and_reject(random_);
    source.opens_to_refuse = random_() % 3;
    source.batch_records = 1 + random_() % 100;
    source.on_poll = [this]() -> Result<> {
      if (one_in(random_, 30)) return retriable("away", "the broker is away");
      return {};
    };
    sink.before_deliver = [this](std::size_t count) -> Result<std::size_t> {
      if (one_in(random_, 30)) return retriable("full", "not now");
      return one_in(random_, 10) ? random_() % (count + 1) : count;
    };
    sink.on_offer = [&](Offer offer) { offered(*task, std::move(offer)); };
    dead_letter.before_deliver = [this](std::size_t count) -> Result<std::size_t> {
      if (is_dead_letter_away_) return retriable("away", "the queue is away");
      return count;
    };
    dead_letter.on_offer = [&](Offer offer) { dead_letters_waiting_.push_back(std::move(offer)); };

    TaskSettings settings;
    settings.connector = kConnector;
    settings.is_tolerant = true;
    settings.retry = {
        .initial = 5ms, .multiplier = 2, .max = 50ms, .full_jitter = true, .attempts = 4, .max_elapsed = {}};
    settings.held.endpoint_share = 1;
    settings.held.is_trouble_blocking = true;  // overflow would end records differently in each run
    settings.held.max_bytes = one_in(random_, 2) ? 20'000 : 1'000'000;
    settings.max_in_flight_bytes = one_in(random_, 2) ? 5'000 : 1'000'000;
    if (one_in(random_, 2)) settings.group_interval = 10s;  // then it is their number that closes groups
    max_in_flight_bytes_ = settings.max_in_flight_bytes;
    auto running =
        std::make_unique<Task>(settings, TaskStages{source, {&first_only, &drop_and_reject}, sink, &dead_letter},
                               world_.services, world_.loop, listener_);
    task = running.get();
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      if (ended_.contains(partition)) continue;
      StreamPlan plan = stream_plan(world_.store, partition, kOffsets);
      plan.selection.from_ms = from_ms_;
      task->open(std::move(plan));
    }
    std::optional<std::jthread> settler;
    if (is_settled_by_thread_)
      settler.emplace([this, task](const std::stop_token& stop) { settle_until(*task, stop); });
    for (unsigned turn = 0; turn < turns && ended_.size() != kPartitions && listener_.failures.empty() &&
                            std::chrono::steady_clock::now() < deadline_;
         ++turn) {
      turn_once(*task);
    }
    settler.reset();
    at_risk_at_crashes_ += at_risk_.size();
    running.reset();
    REQUIRE(source.live_batches == 0);
    REQUIRE(sink.opened.empty());
    forget_life();
  }

  void turn_once(Task& task) {
    world_.clock.advance(std::chrono::microseconds(random_() % 20'000));
    world_.loop.refresh_now();
    if (one_in(random_, 40)) is_store_full_ = !is_store_full_ && one_in(random_, 3);
    if (one_in(random_, 40)) is_dead_letter_away_ = !is_dead_letter_away_ && one_in(random_, 2);
    if (one_in(random_, 5)) {
      for (std::uint32_t slot = 0; slot < kPartitions; ++slot) task.source_resumed(slot);
    }
    if (one_in(random_, 10)) task.sink_resumed(0);
    if (is_settled_by_thread_) {
      std::this_thread::yield();
    } else {
      settle_some(task, random_);
    }
    settle_dead_letters(task);
    task.want_turn();  // as the timer does
    task.pump();
    for (const StreamStatus& status : listener_.ended) REQUIRE(ended_.emplace(status.partition, status).second);
    listener_.ended.clear();
  }

  // The sink's side. Everything that is looked at here belongs to mutex_: settlements may come from a thread.

  void offered(Task& task, Offer offer) {
    const std::lock_guard lock(mutex_);
    const auto& logged = log_[offer.partition][static_cast<std::size_t>(offer.offset)];
    REQUIRE(logged);
    REQUIRE(offer.value == logged->value);
    REQUIRE(offer.key == logged->key);
    REQUIRE(offer.attempt >= 1);
    if (offer.order != 0) {
      REQUIRE(lanes_in_flight_.insert(offer.order).second);  // one at a time
      auto& last = last_of_lane_[offer.order];
      REQUIRE(offer.offset >= last);
      last = offer.offset;
    }
    bytes_in_flight_ += offer.bytes;
    waiting_.push_back(std::move(offer));
    REQUIRE(waiting_.size() <= 128);
    REQUIRE((bytes_in_flight_ <= max_in_flight_bytes_ || waiting_.size() == 1));
    if (!is_settled_by_thread_ && one_in(random_, one_in_so_many_at_once_)) settle(task, waiting_.size() - 1, random_);
  }

  void settle_some(Task& task, Random& random) {
    const std::lock_guard lock(mutex_);
    for (std::size_t count = random() % 200; count > 0 && !waiting_.empty(); --count)
      settle(task, random() % waiting_.size(), random);
  }

  void settle_until(Task& task, const std::stop_token& stop) {
    Random random(7);
    while (!stop.stop_requested()) {
      settle_some(task, random);
      std::this_thread::yield();
    }
  }

  void settle(Task& task, std::size_t index, Random& random) {
    const Offer offer = std::move(waiting_[index]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
    lanes_in_flight_.erase(offer.order);
    bytes_in_flight_ -= offer.bytes;
    reprise_error error{};
    error.retry_after_ms = -1;
    reprise_settlement settlement{offer.handle, REPRISE_OK, 200, nullptr};
    const Fate fate = fate_of(offer.value);
    if (fate == Fate::Drop || fate == Fate::Reject) is_filter_passed_by_ = true;  // may be a thread: no assertion here
    if (one_in(random, 6)) {
      settlement.status = REPRISE_DEFERRED;
      if (one_in(random, 2)) error.retry_after_ms = static_cast<std::int64_t>(random() % 300);
    } else if (fate == Fate::Refuse) {
      settlement.status = REPRISE_PERMANENT;
    } else if (fate == Fate::NeverWorks) {
      settlement.status = REPRISE_RETRIABLE;
    } else if (one_in(random, 8)) {
      settlement.status = REPRISE_RETRIABLE;
      // Without a time it costs an attempt; it must not run out of them.
      if (offer.attempt > 2 || one_in(random, 2)) error.retry_after_ms = static_cast<std::int64_t>(random() % 300);
    } else {
      ++delivered_[{offer.partition, offer.offset}];
      at_risk_.insert({offer.partition, offer.offset});
      if (at_risk_.size() > kMostRepeated) is_bound_broken_ = true;
    }
    if (settlement.status != REPRISE_OK) settlement.error = &error;
    task.settle({&settlement, 1});
    if (one_in(random, 20)) task.settle({&settlement, 1});  // a stray: it changes nothing
  }

  void settle_dead_letters(Task& task) {
    for (std::size_t count = random_() % 40; count > 0 && !dead_letters_waiting_.empty(); --count) {
      const Offer offer = std::move(dead_letters_waiting_.front());
      dead_letters_waiting_.pop_front();
      reprise_settlement settlement{offer.handle, REPRISE_OK, 0, nullptr};
      if (one_in(random_, 10)) {
        settlement.status = REPRISE_RETRIABLE;
      } else {
        ++dead_lettered_[{offer.partition, offer.offset}];
      }
      task.settle({&settlement, 1});
    }
  }

  void forget_life() {
    waiting_.clear();
    dead_letters_waiting_.clear();
    lanes_in_flight_.clear();
    last_of_lane_.clear();
    bytes_in_flight_ = 0;
    at_risk_.clear();
  }

  void look_at_commit(const state::Batch& batch) {
    const std::lock_guard lock(mutex_);
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      for (const auto& change : batch.changes()) {
        if (change.key != stream_key(partition).progress()) continue;
        const auto checkpoint = Checkpoint::decode(change.value);
        REQUIRE(checkpoint.ok());
        const Counters& c = checkpoint->counters;
        REQUIRE(static_cast<std::uint64_t>(checkpoint->position) == c.read + c.gaps + c.expired);
        REQUIRE(c.read == c.not_selected + c.consumed_outcomes() + checkpoint->open_count());
        REQUIRE(checkpoint->watermark() >= watermarks_[partition]);
        watermarks_[partition] = checkpoint->watermark();
        std::set<std::int64_t> open;
        for (const OpenRun& run : checkpoint->open) {
          for (std::int64_t offset = run.first; offset < run.first + run.count; ++offset) open.insert(offset);
        }
        std::erase_if(at_risk_,
                      [&](const Place& place) { return place.partition == partition && !open.contains(place.offset); });
      }
    }
  }

  void check_end(std::uint64_t crashes) {
    std::uint64_t repeated = 0;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      Counters expected;
      std::set<std::string> seen;
      for (std::int64_t offset = 0; offset < kOffsets; ++offset) {
        const auto& record = log_[partition][static_cast<std::size_t>(offset)];
        const auto delivered = delivered_.contains({partition, offset}) ? delivered_.at({partition, offset}) : 0;
        const bool is_dead_lettered = dead_lettered_.contains({partition, offset});
        ++(record ? expected.read : expected.gaps);
        if (!record) continue;
        const bool is_selected = record->timestamp_ms >= from_ms_;
        if (!is_selected) ++expected.not_selected;
        const bool is_first = is_selected && seen.insert(record->value).second;
        if (is_selected && !is_first) ++expected.duplicate;
        const Fate fate = fate_of(record->value);
        if (is_first && fate == Fate::Drop) ++expected.filtered;
        const bool is_dead = is_first && (fate == Fate::Reject || fate == Fate::Refuse || fate == Fate::NeverWorks);
        if (is_dead) ++expected.dead_lettered;
        REQUIRE(is_dead_lettered == is_dead);
        const bool is_delivered = is_first && fate == Fate::Deliver;
        if (is_delivered) ++expected.delivered;
        REQUIRE((delivered > 0) == is_delivered);  // nothing lost, nothing that nobody asked for
        if (delivered > 1) repeated += static_cast<std::uint64_t>(delivered - 1);
      }
      const StreamStatus& status = ended_.at(partition);
      CHECK(status.watermark == kOffsets);
      CHECK(status.position == kOffsets);
      CHECK(status.in_flight == 0);
      CHECK(status.counters.read == expected.read);
      CHECK(status.counters.gaps == expected.gaps);
      CHECK(status.counters.expired == 0);
      CHECK(status.counters.not_selected == expected.not_selected);
      CHECK(status.counters.delivered == expected.delivered);
      CHECK(status.counters.duplicate == expected.duplicate);
      CHECK(status.counters.filtered == expected.filtered);
      CHECK(status.counters.dead_lettered == expected.dead_lettered);
      CHECK(watermarks_[partition] == kOffsets);  // the end is told when it is durable
    }
    CHECK(repeated <= at_risk_at_crashes_);
    CHECK(at_risk_at_crashes_ <= crashes * kMostRepeated);
    CHECK_FALSE(is_bound_broken_);
    CHECK_FALSE(is_filter_passed_by_);
    CHECK(world_.mismatches(kConnector) == 0);
  }

  World world_;
  Random random_;
  Log log_;
  Listener listener_;
  std::map<std::int32_t, StreamStatus> ended_;
  std::int64_t from_ms_ = -1;
  bool is_settled_by_thread_ = false;
  unsigned one_in_so_many_at_once_ = 1;
  const std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + 20s;
  bool is_store_full_ = false;
  bool is_dead_letter_away_ = false;
  std::uint64_t max_in_flight_bytes_ = 0;
  std::deque<Offer> dead_letters_waiting_;
  std::map<Place, int> dead_lettered_;

  std::mutex mutex_;
  std::deque<Offer> waiting_;
  std::set<std::uint64_t> lanes_in_flight_;
  std::map<std::uint64_t, std::int64_t> last_of_lane_;
  std::uint64_t bytes_in_flight_ = 0;
  std::map<Place, int> delivered_;
  std::set<Place> at_risk_;  // delivered in this life, and not durable
  std::uint64_t at_risk_at_crashes_ = 0;
  bool is_bound_broken_ = false;
  bool is_filter_passed_by_ = false;
  std::map<std::int32_t, std::int64_t> watermarks_;
};

}  // namespace

TEST_CASE("Every record gets one final outcome, whatever fails and whenever the task crashes", "[runtime][task][one-thread]") {
  const unsigned seed = GENERATE(range(1u, 41u));
  CAPTURE(seed);
  Trial(seed).run();
}

}  // namespace reprise::runtime
