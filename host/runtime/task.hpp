#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "host/runtime/byte_budget.hpp"
#include "host/runtime/dead_letters.hpp"
#include "host/runtime/endpoint_watch.hpp"
#include "host/runtime/expiry_watch.hpp"
#include "host/runtime/flight.hpp"
#include "host/runtime/lanes.hpp"
#include "host/runtime/loop.hpp"
#include "host/runtime/offers.hpp"
#include "host/runtime/services.hpp"
#include "host/runtime/settlement_inbox.hpp"
#include "host/runtime/sink_absence.hpp"
#include "host/runtime/stages.hpp"
#include "host/runtime/stream.hpp"
#include "host/runtime/task_metrics.hpp"
#include "host/runtime/topic_partition.hpp"
#include "host/telemetry/rate_limit.hpp"

namespace reprise::runtime {

/// How a task behaves; from the connector's configuration.
struct TaskSettings {
  std::string connector;
  std::uint32_t number = 0;
  config::RetryPolicy retry;
  HeldLimits held;
  bool is_tolerant = false;           ///< failed records go to the dead letters, the task goes on
  std::uint32_t max_in_flight = 128;  ///< records that the sink has
  std::uint64_t max_in_flight_bytes = 16ULL << 20;
  std::uint32_t group_outcomes = 256;            ///< a group closes at so many outcomes ...
  std::chrono::milliseconds group_interval{20};  ///< ... or after this time
  std::uint32_t endpoint_faults = 0;             ///< so many in a row fail the task; 0: no limit
  std::chrono::milliseconds stall_after{60'000};
  std::string
      trial;  ///< why it was started again: health is Starting with it until it gets somewhere; empty: first start

  static TaskSettings from(const config::ConnectorConfig& connector, std::uint32_t number);
};

/// The pipeline that a task drives. Borrowed.
struct TaskStages {
  Source& source;
  std::vector<Transform*> transforms;
  Sink& sink;
  Sink* dead_letter = nullptr;
};

/// Where one stream stands: what a job's progress and a connector's status show.
struct StreamStatus {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t watermark = 0;
  std::int64_t position = 0;
  std::int64_t end_offset = -1;
  std::uint64_t in_flight = 0;
  Counters counters;
  bool is_idle = false;
};

/// What keeps a task from going on faster: records that wait for their endpoint.
struct TaskTrouble {
  std::uint64_t parked = 0;  ///< failed or deferred, to be tried again at a time
  std::uint64_t held = 0;    ///< all that are kept in memory: the parked ones and those behind them
  std::string last_kind;     ///< of the last attempt that failed; empty: one has succeeded since
  std::string last_message;
};

/// Told on the shard's thread; must not call the task back from there.
class TaskListener {
 public:
  virtual ~TaskListener() = default;
  /// Its end is reached, everything is settled and committed. The stream is closed.
  virtual void stream_ended(const StreamStatus& status) = 0;
  /// The task could not go on: its sinks had a while to finish what they had, what was settled is committed as far as
  /// possible, all streams are closed.
  virtual void task_failed(const Error& error) = 0;
  /// The drain that was asked for is over, all streams are closed.
  virtual void task_drained(bool is_clean) = 0;
};

/// A pipeline over some partitions: takes records from its scans, selects, runs the transforms, offers to the sink in lane
/// order, and accounts for every outcome. One turn is pump(): settlements in, records out, records in, commit.
///
/// Lives on one shard's thread: every function but settle() belongs to it. Its owner adds it to the loop. Destroyed there,
/// after its sinks' plugins have stopped (what they were given stays lent to them until then) and before the source.
class Task final : public Pumped {
 public:
  Task(TaskSettings settings, TaskStages stages, Services& services, Loop& loop, TaskListener& listener);
  ~Task() override;

  /// Begins with a partition; more may come while others run.
  void open(StreamPlan plan);
  /// Where partitions end, as the source has just answered; or why it answers no more.
  void note_ends(const Result<PartitionEnds>& ends);
  /// One turn. True: there is more to do at once.
  bool pump() override;
  /// Reads no more, lets the sink finish until the deadline, commits, closes all streams, then tells the listener. Called
  /// again, or while the task fails, the earlier deadline counts.
  void drain(BootTime deadline);
  /// Closes all streams at once, if that has not happened, and tells nobody. What the sink had counts as not tried; its
  /// records stay lent until the task is destroyed.
  void close();

  // What plugin instances ask for.
  void settle(std::span<const reprise_settlement> settlements);  ///< [any-thread]
  void source_resumed(std::uint32_t slot);
  void sink_resumed(std::uint64_t group);
  const reprise_record* detach(const reprise_record* record);
  Result<> state_write(std::size_t transform, std::span<const reprise_state_op> changes);
  std::int32_t state_get(std::size_t transform, std::uint32_t slot, std::string_view key, std::string* value);
  std::int32_t state_scan(std::size_t transform, std::uint32_t slot, std::string_view prefix, std::string_view after,
                          std::size_t max, std::vector<std::pair<std::string, std::string>>* out);
  /// Ends it, after this turn: one of its instances cannot go on.
  void fail(Error error);
  /// The next turn has something to do.
  void want_turn() { wants_turn_.store(true, std::memory_order_release); }

  std::vector<StreamStatus> status() const;
  TaskTrouble trouble() const;
  std::uint64_t in_flight() const { return in_flight_; }

 private:
  // task.cpp: life and turns
  void continue_opening(Stream& stream);
  Result<> open_stages(Stream& stream);
  void finish_streams();
  void finish_drain();
  void close_stream(Stream& stream, std::int32_t why);
  void close_all(std::int32_t why);
  void fail_with(FlightId id, Error error);
  void begin_failure();
  void arm_timer();
  Stream* find_stream(std::uint32_t slot);
  StreamStatus status_of(const Stream& stream) const;

  // task_tick.cpp: once a second
  void tick();
  void show_place(Stream& stream);
  void show_health(BootTime oldest);
  void show_well();
  void unpin_old_records();

  // task_read.cpp: from the scans through the transforms to the lanes
  void read();
  bool has_room() const;
  bool admit_from(Stream& stream);
  void tell_what_expired(const Stream& stream, std::int64_t first, std::uint64_t before, std::int64_t expired_before);
  void open_later(Stream& stream, const Error& error);
  void look_for_truncation(Stream& stream);
  bool is_selected(Stream& stream, const reprise_record& record, Ledger::Reading* reading, std::uint32_t* attempts,
                   std::int64_t* since_s);
  void judge();
  Result<> apply_transform(std::size_t index);
  bool act_on(FlightId id, std::size_t transform, const reprise_verdict& verdict);
  bool follow(FlightId id, std::uint64_t leader);
  void route();
  void shed();
  void overflow(FlightId id);

  // task_settle.cpp: from the lanes to the sink, and back
  void offer();
  void sink_is_away(const Error& why);
  void tell_that_no_more_comes();
  void dead_letter_trouble(std::string_view kind, std::string_view reason);
  bool has_slow_room(const Flight& flight, std::uint64_t max_in_flight) const;
  void wake_for_room(std::uint64_t max_in_flight);
  void take_settlements();
  void settled(Settled& settled);
  void tried_without_success(FlightId id, Settled& settled);
  void dead_letter_settled(FlightId id, const Settled& settled);
  void begin_waiting(Flight& flight, BootTime since);
  bool is_overdue(const Flight& flight) const;
  void give_up_overdue();
  void park(FlightId id, BootTime due, bool is_deferred);
  void give_up(FlightId id, Stage stage, const reprise_error& error);
  void finish(FlightId id, Outcome outcome);
  void mark_dirty(Stream& stream);
  std::uint64_t dead_letter_room() const {
    if (is_group_late_) return 0;  // as with the sink: first what is settled becomes durable
    const std::uint64_t under_way = in_flight_ + dead_letters_->offered();
    return settings_.max_in_flight - std::min<std::uint64_t>(settings_.max_in_flight, under_way);
  }
  std::string subject() const { return "connector/" + settings_.connector + "/" + std::to_string(settings_.number); }
  std::string dead_letter_subject() const { return "connector/" + settings_.connector + "/dead_letter"; }

  // task_commit.cpp: groups
  void commit_if_due();
  bool commit_group();
  bool commit_all();
  bool commit_later(const Error& why);
  bool write_state();
  bool tell_outcomes();
  void prepare_group();
  void check_identities(const Stream& stream);
  void publish(Stream& stream);
  void courtesy_commit();

  enum class State : std::uint8_t { Running, Draining, Closed };
  static constexpr std::chrono::seconds kTick{1};

  const TaskSettings settings_;
  const TaskStages stages_;
  Services& services_;
  Loop& loop_;
  TaskListener& listener_;
  TaskMetrics metrics_;
  Loop::Timer timer_;
  State state_ = State::Running;
  std::atomic<bool> wants_turn_{true};
  std::optional<Error> failure_;  // nothing more is read or sent; the end comes as that of a drain
  bool can_commit_ = true;        // false: the open group is lost, there is nothing to wait for
  BootTime drain_deadline_ = BootTime::max();
  BootTime next_tick_{};
  BootTime trial_ends_{};  // until then it has to show that it does not fail as it did before
  BootTime last_turn_;

  SettlementInbox inbox_;
  ByteBudget budget_;
  FlightTable flights_;
  Lanes lanes_;
  Offers offers_;
  EndpointWatch watch_;
  ExpiryWatch expired_;
  std::optional<DeadLetters> dead_letters_;
  bool is_dead_letter_degraded_ = false;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::size_t next_stream_ = 0;  // whose turn it is to read
  std::uint64_t in_flight_ = 0;  // records that the sink has
  std::uint64_t in_flight_bytes_ = 0;
  bool has_flushed_ = true;    // since it was given something
  bool is_sink_full_ = false;  // it took fewer than offered: wait for a settlement or resume
  BootTime offer_again_{};
  SinkAbsence absence_;
  std::string silence_;  // why the source answers no more; empty: it does, as far as known

  // Records between ledger and lanes: judged by the transforms in order.
  std::vector<FlightId> judged_;
  std::size_t judged_by_ = 0;  // how many transforms have seen them
  BootTime judge_again_{};
  std::vector<const reprise_record*> record_pointers_;
  std::vector<reprise_verdict> verdicts_;
  std::vector<reprise_route> routes_;
  std::vector<FlightId> offered_;

  // The open group.
  state::Batch batch_;
  std::vector<std::vector<reprise_note>> notes_;  // per transform
  std::uint32_t group_outcomes_ = 0;
  BootTime group_due_ = BootTime::max();
  bool is_preparing_ = false;
  bool is_group_prepared_ = false;  // its batch is complete
  bool is_group_late_ = false;      // a moment ago it could not be completed or written: nothing more is sent

  std::minstd_rand random_;
  std::string last_kind_, last_message_;  // of TaskTrouble
  telemetry::RateLimit said_;             // what may be true of every record is said now and then
};

}  // namespace reprise::runtime
