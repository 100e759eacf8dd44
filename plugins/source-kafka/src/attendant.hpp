#pragma once
#include <reprise/host.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "lib/kafka/handles.hpp"

namespace reprise::source_kafka {

/// One open cursor as the attendant sees it. Shared: a question to the cluster may still be under way when the cursor is
/// closed or moved.
struct Feed {
  std::string topic;
  std::int32_t partition = 0;
  std::uint32_t slot = 0;
  kafka::Queue queue;

  // Written by the shard, read by the attendant.
  std::atomic<std::int64_t> position{0};         ///< next offset to hand out
  std::atomic<std::int64_t> taken{0};            ///< records taken from the queue
  std::atomic<std::uint64_t> polls{0};           ///< calls of poll
  std::atomic<std::int64_t> record_bytes{1024};  ///< moving average
  std::atomic<bool> is_at_end{false};            ///< nothing is left to fetch, as far as known

  // The range of a partition whose position is gone: answered once is_range_known is set.
  std::atomic<bool> is_range_known{false};
  std::int64_t low = 0;
  std::int64_t high = 0;

  // The attendant's own.
  std::int64_t last_seen = -1;
  std::uint64_t last_polls = 0;
  int quiet_ticks = 0;
  int wakes = 0;  ///< requests since something arrived
  int pause = 0;  ///< ticks to wait before the next request
};

/// A thread for what may block, one for each instance: it wakes librdkafka's fetcher below 2.2.0, which sleeps about a
/// second after a partition's queue was full, and asks for the range of a partition whose offset is gone. It sleeps while
/// nobody reads or all is read. Thread-safe. It outlives no client.
class Attendant {
 public:
  /// stop: its owner's; the thread ends soon when it is requested.
  Attendant(rd_kafka_t* client, Host host, std::uint64_t queue_max_bytes, bool wakes_fetcher, std::stop_source stop);
  /// Requests the stop, and joins the thread.
  ~Attendant();

  void add(const std::shared_ptr<Feed>& feed);
  void remove(const std::shared_ptr<Feed>& feed);
  /// Finds low and high of the feed's partition, sets is_range_known and resumes the slot.
  void ask_range(const std::shared_ptr<Feed>& feed);
  /// [task] The feed was read. A load and a store; a lock only if the thread sleeps.
  void note_read();

  /// Requests sent to wake the fetcher, for tests and metrics.
  std::uint64_t wake_count() const { return wake_count_.load(std::memory_order_relaxed); }

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run(const std::stop_token& stop);
  /// How closely the feeds have to be looked at.
  enum class Watch { Asleep, Full, Low };
  void rest(Lock& lock, const std::stop_token& stop, Watch watch);
  void find_range(Feed& feed, const std::stop_token& stop);
  /// Feeds whose fetcher seems to sleep. watch: raised as any feed needs it.
  std::vector<std::shared_ptr<Feed>> find_sleepers(Watch& watch);
  bool seems_asleep(Feed& feed, Watch& watch);
  void wake(const std::vector<std::shared_ptr<Feed>>& feeds);

  rd_kafka_t* const client_;
  const Host host_;
  const std::int64_t queue_max_bytes_;
  const bool wakes_fetcher_;
  std::stop_source stop_;
  std::atomic<bool> is_asleep_{false};
  std::atomic<bool> was_read_{false};
  std::atomic<std::uint64_t> wake_count_{0};

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::shared_ptr<Feed>> feeds_;           // guarded by mutex_
  std::deque<std::shared_ptr<Feed>> range_questions_;  // guarded by mutex_

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace reprise::source_kafka
