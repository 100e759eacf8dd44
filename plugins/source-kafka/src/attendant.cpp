#include "plugins/source-kafka/src/attendant.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/kafka/offsets.hpp"

namespace reprise::source_kafka {
namespace {

using namespace std::chrono_literals;

constexpr auto kFullTick = 5ms;  // the reader has something: time enough
constexpr auto kLowTick = 1ms;   // 4 MiB last a fast reader for about 4 ms
constexpr int kMostPause = 8;    // low ticks between requests that help nothing: the broker or the network is slow
constexpr auto kSleep = 10s;     // nobody reads: only a notification matters
constexpr auto kAskAgain = 500ms;
constexpr auto kQuestionDeadline = 5s;
constexpr int kWakeTimeoutMs = 100;  // the request itself wakes the fetcher; its answer does not matter
constexpr int kDormantTicks = 100;   // not polled for this long: the next poll wakes us
constexpr std::int64_t kQueuedMinMessages = 100'000;  // librdkafka's default of queued.min.messages
constexpr int kRegressChecks = 3;  // a log may end before the position only for a moment, while a leader changes

}  // namespace

Attendant::Attendant(rd_kafka_t* client, Host host, std::uint64_t queue_max_bytes, bool wakes_fetcher,
                     std::stop_source stop)
    : client_(client),
      host_(host),
      queue_max_bytes_(static_cast<std::int64_t>(queue_max_bytes)),
      wakes_fetcher_(wakes_fetcher),
      stop_(std::move(stop)),
      thread_([this] { run(stop_.get_token()); }) {}

Attendant::~Attendant() { stop_.request_stop(); }

void Attendant::add(const std::shared_ptr<Feed>& feed) {
  const std::lock_guard lock(mutex_);
  feeds_.push_back(feed);
  was_read_.store(true);
  changed_.notify_all();
}

void Attendant::remove(const std::shared_ptr<Feed>& feed) {
  const std::lock_guard lock(mutex_);
  std::erase(feeds_, feed);
  std::erase(range_questions_, feed);
}

void Attendant::ask_range(const std::shared_ptr<Feed>& feed) {
  const std::lock_guard lock(mutex_);
  range_questions_.push_back(feed);
  changed_.notify_all();
}

void Attendant::note_read() {
  if (!wakes_fetcher_) return;
  was_read_.store(true);
  if (!is_asleep_.load()) return;
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Attendant::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Lock lock(mutex_);
    if (!range_questions_.empty()) {
      const auto feed = range_questions_.front();
      range_questions_.pop_front();
      lock.unlock();
      find_range(*feed, stop);
      continue;
    }
    Watch watch = Watch::Asleep;
    const auto sleepers = find_sleepers(watch);
    if (!sleepers.empty()) {
      lock.unlock();
      wake(sleepers);
      lock.lock();
    }
    rest(lock, stop, watch);
  }
}

void Attendant::rest(Lock& lock, const std::stop_token& stop, Watch watch) {
  const auto has_work = [this] { return !range_questions_.empty(); };
  if (watch != Watch::Asleep) {
    changed_.wait_for(lock, stop, watch == Watch::Low ? kLowTick : kFullTick, has_work);
    return;
  }
  // The order matters: a reader that finds is_asleep_ false has set was_read_ before we look at it.
  is_asleep_.store(true);
  changed_.wait_for(lock, stop, kSleep, [&] { return has_work() || was_read_.exchange(false); });
  is_asleep_.store(false);
}

std::vector<std::shared_ptr<Feed>> Attendant::find_sleepers(Watch& watch) {
  std::vector<std::shared_ptr<Feed>> sleepers;
  if (!wakes_fetcher_) return sleepers;
  for (const auto& feed : feeds_) {
    if (seems_asleep(*feed, watch)) sleepers.push_back(feed);
  }
  return sleepers;
}

bool Attendant::seems_asleep(Feed& feed, Watch& watch) {
  const std::uint64_t polls = feed.polls.load(std::memory_order_relaxed);
  feed.quiet_ticks = polls == feed.last_polls ? feed.quiet_ticks + 1 : 0;
  feed.last_polls = polls;
  if (feed.is_at_end.load(std::memory_order_relaxed) || feed.quiet_ticks > kDormantTicks) return false;

  const auto queued = static_cast<std::int64_t>(rd_kafka_queue_length(feed.queue.get()));
  std::int64_t low = 0, high = 0;
  const bool is_high_known = rd_kafka_get_watermark_offsets(client_, feed.topic.c_str(), feed.partition, &low, &high) ==
                                 RD_KAFKA_RESP_ERR_NO_ERROR &&
                             high >= 0;
  // All that the partition held at the last answer is fetched: the fetcher waits at the broker, not for us.
  if (is_high_known && feed.position.load(std::memory_order_relaxed) + queued >= high) return false;

  const std::int64_t capacity =
      std::min(queue_max_bytes_ / std::max<std::int64_t>(feed.record_bytes.load(std::memory_order_relaxed), 1),
               kQueuedMinMessages);
  const bool is_low = queued <= capacity / 2;
  watch = is_low ? Watch::Low : std::max(watch, Watch::Full);
  const std::int64_t seen = feed.taken.load(std::memory_order_relaxed) + queued;
  if (std::exchange(feed.last_seen, seen) != seen) {
    feed.wakes = 0;
    feed.pause = 0;
    return false;
  }
  if (!is_low || --feed.pause > 0) return false;
  feed.pause = std::min(++feed.wakes, kMostPause);
  return true;
}

void Attendant::wake(const std::vector<std::shared_ptr<Feed>>& feeds) {
  // Any request to the partition's broker ends its thread's sleep. This one is small, keeps its timeout in every version,
  // and goes once to each leader.
  const kafka::Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(feeds.size())));
  for (const auto& feed : feeds) {
    rd_kafka_topic_partition_list_add(list.get(), feed->topic.c_str(), feed->partition)->offset = kafka::kLatest;
  }
  rd_kafka_offsets_for_times(client_, list.get(), kWakeTimeoutMs);
  wake_count_.fetch_add(1, std::memory_order_relaxed);
}

void Attendant::find_range(Feed& feed, const std::stop_token& stop) {
  std::array<kafka::OffsetQuery, 1> low{{{feed.topic, feed.partition, kafka::kEarliest, -1}}};
  std::array<kafka::OffsetQuery, 1> high{{{feed.topic, feed.partition, kafka::kLatest, -1}}};
  for (int checks = 0; !stop.stop_requested();) {
    const auto deadline = std::chrono::steady_clock::now() + kQuestionDeadline;
    const bool is_answered = kafka::query_offsets(client_, low, deadline, stop).ok() &&
                             kafka::query_offsets(client_, high, deadline, stop).ok();
    const bool is_regress = is_answered && feed.position.load() > high[0].offset;
    if (is_answered && (!is_regress || ++checks == kRegressChecks)) break;
    Lock lock(mutex_);
    changed_.wait_for(lock, stop, kAskAgain, [] { return false; });
  }
  if (stop.stop_requested()) return;
  feed.low = low[0].offset;
  feed.high = high[0].offset;
  feed.is_range_known.store(true, std::memory_order_release);
  host_.resume(feed.slot);
}

}  // namespace reprise::source_kafka
