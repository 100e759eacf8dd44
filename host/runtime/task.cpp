#include "host/runtime/task.hpp"

#include <algorithm>
#include <utility>

#include "host/telemetry/log.hpp"

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr auto kTrial = 30s;
constexpr auto kOpenAgain = 20ms;
// A turn that comes so late after its tick: it was this process that stood still, not those it waits for.
constexpr auto kLate = 200ms;
constexpr auto kSaidAtMostEvery = 30s;
// Of a task that fails: so long its sinks may take to settle what they have. More than one attempt takes by default.
constexpr auto kFailureDrain = 15s;

}  // namespace

TaskSettings TaskSettings::from(const config::ConnectorConfig& connector, std::uint32_t number) {
  TaskSettings settings;
  settings.connector = connector.name;
  settings.number = number;
  settings.retry = connector.errors.retry;
  settings.held.max_bytes = connector.max_held_bytes;
  settings.held.endpoint_share = connector.errors.endpoint_share;
  settings.held.endpoint_max_records = static_cast<std::uint32_t>(connector.errors.endpoint_max_records.value_or(0));
  settings.held.is_trouble_blocking =
      connector.mode == config::ConnectorConfig::Mode::Replay ||  // a job is of one webhook: nobody else gains by it
      connector.errors.endpoint_overflow == config::ErrorPolicy::Overflow::Block || !connector.errors.dead_letter ||
      !connector.errors.tolerate_all;  // without tolerance an overflow would fail the task
  settings.is_tolerant = connector.errors.tolerate_all;
  settings.max_in_flight = static_cast<std::uint32_t>(connector.max_in_flight);
  settings.max_in_flight_bytes = connector.max_in_flight_bytes;
  settings.group_outcomes = static_cast<std::uint32_t>(connector.commit_max_outcomes);
  settings.group_interval = connector.commit_interval;
  settings.stall_after = connector.stall_after;
  return settings;
}

Task::Task(TaskSettings settings, TaskStages stages, Services& services, Loop& loop, TaskListener& listener)
    : settings_(std::move(settings)),
      stages_(std::move(stages)),
      services_(services),
      loop_(loop),
      listener_(listener),
      metrics_(services.metrics, settings_.connector, settings_.number),
      timer_(loop, [this] { want_turn(); }),
      next_tick_(loop.now() + kTick),
      trial_ends_(loop.now() + kTrial),
      last_turn_(loop.now()),
      budget_(settings_.max_in_flight_bytes + settings_.held.max_bytes),
      lanes_(flights_, settings_.held),
      offers_(flights_),
      watch_(settings_.connector, settings_.number, services),
      expired_(settings_.connector, settings_.number, services),
      absence_(settings_.retry, static_cast<std::uint32_t>(services.clock.boot().ns)),
      notes_(stages_.transforms.size()),
      random_(static_cast<std::uint32_t>(services.clock.boot().ns)),
      said_(services.clock, kSaidAtMostEvery, 100) {
  if (stages_.dead_letter != nullptr) {
    dead_letters_.emplace(flights_, settings_.connector, settings_.number, *stages_.dead_letter,
                          DeadLetters::share_of(settings_.max_in_flight), settings_.retry);
  }
}

Task::~Task() {
  loop_.remove(this);
  close();
}

void Task::open(StreamPlan plan) {
  auto slot = static_cast<std::uint32_t>(std::find(streams_.begin(), streams_.end(), nullptr) - streams_.begin());
  if (slot == streams_.size()) streams_.emplace_back();
  auto stream = std::make_unique<Stream>(std::move(plan), slot, stages_.source, flights_, budget_);
  stream->last_outcome = loop_.now();
  stream->scan.note_end(-1, loop_.now());
  if (stream->plan.is_counted_by_minute) {
    auto minutes = MinuteCounts::load(services_.store, stream->plan.key.minutes());
    if (!minutes) {
      fail(minutes.error());
    } else {
      stream->minutes = *std::move(minutes);
    }
  }
  streams_[slot] = std::move(stream);
  // Its checkpoint is written once as it is: nothing is sent whose outcome could not be kept.
  mark_dirty(*streams_[slot]);
  group_due_ = loop_.now();
  want_turn();
}

bool Task::pump() {
  if (!wants_turn_.exchange(false, std::memory_order_acquire) || state_ == State::Closed) return false;
  const BootTime now = loop_.now();
  if (now - next_tick_ > kLate) offers_.excuse(now - last_turn_);
  last_turn_ = now;
  for (auto& stream : streams_) {
    if (state_ != State::Running || !stream) continue;
    if (stream->phase == Stream::Phase::Opening && now >= stream->open_again) continue_opening(*stream);
  }
  take_settlements();
  commit_if_due();  // before more is sent: a crash repeats one group and what the sink has, no more
  if (state_ == State::Running) {
    lanes_.wake_parked(now);
    shed();
    offer();
    read();
    offer();
    tell_that_no_more_comes();
  }
  if (dead_letters_ && !failure_) {
    const auto offered = dead_letters_->offer(now, dead_letter_room());
    if (!offered && offered.error().status == Status::Retriable) {
      dead_letter_trouble(offered.error().kind, offered.error().message);
    } else if (!offered) {
      fail(offered.error());
    }
  }
  commit_if_due();
  if (!failure_) finish_streams();
  if (failure_ && state_ == State::Running) begin_failure();
  if (now >= next_tick_) tick();
  if (state_ == State::Draining) finish_drain();
  arm_timer();
  return wants_turn_.load(std::memory_order_relaxed);
}

void Task::continue_opening(Stream& stream) {
  const auto opened = open_stages(stream);
  if (opened) {
    stream.phase = Stream::Phase::Running;
    stream.scan.opened();
  } else if (opened.error().status == Status::Retriable) {
    stream.open_again = loop_.now() + kOpenAgain;
  } else {
    fail(opened.error());
  }
}

// The source comes last: nothing may be read before everything behind it is open.
Result<> Task::open_stages(Stream& stream) {
  const reprise_stream view = stream.view(settings_.connector);
  const std::size_t transforms = stages_.transforms.size();
  for (std::size_t& stage = stream.opened_stages; stage < transforms + 3; ++stage) {
    Result<> opened;
    if (stage < transforms) {
      opened = stages_.transforms[stage]->open(view);
    } else if (stage == transforms) {
      opened = stages_.sink.open(view);
    } else if (stage == transforms + 1) {
      if (stages_.dead_letter != nullptr) opened = stages_.dead_letter->open(view);
    } else {
      reprise_stream from = view;
      from.start = stream.scan.look_back(stream.ledger.next_offset(), stream.ledger.print());
      opened = stages_.source.open(from);
    }
    if (!opened) return opened;
  }
  return {};
}

void Task::close_stream(Stream& stream, std::int32_t why) {
  const std::size_t transforms = stages_.transforms.size();
  const std::size_t opened = stream.opened_stages;
  metrics_.set_partition(stream.plan.key.topic, stream.plan.key.partition, {});
  stream.scan.close(why);  // closes the source's cursor if it was open
  if (opened > transforms + 1 && stages_.dead_letter != nullptr) stages_.dead_letter->close(stream.slot, why);
  if (opened > transforms) stages_.sink.close(stream.slot, why);
  for (std::size_t i = std::min(opened, transforms); i-- > 0;) stages_.transforms[i]->close(stream.slot, why);
  stream.phase = Stream::Phase::Closed;
}

void Task::close_all(std::int32_t why) {
  state_ = State::Closed;
  for (auto& stream : streams_) {
    if (stream) close_stream(*stream, why);
  }
  // What the sinks were given stays lent to them until they have stopped: it goes with this task.
  judged_.clear();
  lanes_.clear();
  offers_.clear();
  watch_.close();
  expired_.close();
  if (dead_letters_) dead_letters_->clear();
  flights_.clear_unlent();
  in_flight_ = in_flight_bytes_ = 0;
  streams_.clear();
  metrics_.in_flight.set(0);
  metrics_.in_flight_bytes.set(0);
  metrics_.held_records.set(0);
  metrics_.held_bytes.set(0);
  if (std::exchange(is_dead_letter_degraded_, false)) services_.health.clear(dead_letter_subject());
  timer_.disarm();
}

void Task::finish_streams() {
  for (auto& stream : streams_) {
    if (!stream || stream->phase != Stream::Phase::Running || !judged_.empty()) continue;
    const std::int64_t end = stream->plan.end;
    const bool is_read = stream->scan.is_at_end() || (end >= 0 && stream->ledger.next_offset() >= end);
    if (end < 0 || !is_read || stream->ledger.open_count() != 0) continue;
    if (is_group_late_ && loop_.now() < group_due_) continue;
    if (!commit_all()) {
      if (failure_) return;
      continue;
    }
    const StreamStatus status = status_of(*stream);
    close_stream(*stream, REPRISE_CLOSE_END);
    stream.reset();
    listener_.stream_ended(status);
  }
}

void Task::drain(BootTime deadline) {
  if (state_ == State::Closed) return;
  drain_deadline_ = std::min(drain_deadline_, deadline);
  want_turn();
  if (std::exchange(state_, State::Draining) == State::Draining) return;
  if (auto flushed = stages_.sink.flush(REPRISE_FLUSH_DRAIN, deadline); !flushed) fail(flushed.error());
  if (stages_.dead_letter != nullptr) {
    if (auto flushed = stages_.dead_letter->flush(REPRISE_FLUSH_DRAIN, deadline); !flushed) fail(flushed.error());
  }
}

void Task::finish_drain() {
  const bool is_done = in_flight_ == 0 && (!dead_letters_ || dead_letters_->offered() == 0);
  const bool is_late = loop_.now() >= drain_deadline_ || !can_commit_;
  if (!is_done && !is_late) return;
  const bool is_committed = commit_all();
  if (!is_committed && !is_late) return;
  if ((!is_done || !is_committed) && can_commit_) {
    telemetry::warn("the drain's deadline is over; what has no outcome yet will be delivered again",
                    {{"connector", settings_.connector},
                     {"task", settings_.number},
                     {"kind", "task.drain_deadline"},
                     {"in_flight", in_flight_},
                     {"state_written", is_committed}});
  }
  close_all(REPRISE_CLOSE_STOP);
  if (failure_) {
    listener_.task_failed(*failure_);
  } else {
    listener_.task_drained(is_done && is_committed);
  }
}

void Task::close() {
  if (state_ != State::Closed) close_all(REPRISE_CLOSE_STOP);
}

void Task::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
  want_turn();
}

// The record stays open: the next life of this task begins with it.
void Task::fail_with(FlightId id, Error error) {
  flights_.at(id).state = Flight::State::Failed;
  fail(std::move(error));
}

// What the sinks have may well succeed, and what is settled stays settled: closing at once would send it all again.
void Task::begin_failure() {
  drain(loop_.now() + kFailureDrain);
  if (in_flight_ == 0 || !can_commit_) return;
  telemetry::warn("the task fails; its sink may finish what it has", {{"connector", settings_.connector},
                                                                      {"task", settings_.number},
                                                                      {"kind", failure_->kind},
                                                                      {"reason", failure_->message},
                                                                      {"in_flight", in_flight_}});
}

void Task::arm_timer() {
  if (state_ == State::Closed) return;
  BootTime next = std::min(next_tick_, group_due_);
  if (state_ == State::Running) {  // a draining task offers and judges nothing more
    next = std::min(next, lanes_.next_due());
    if (is_sink_full_) next = std::min(next, offer_again_);
    if (absence_.until() > loop_.now()) next = std::min(next, absence_.until());
    if (!judged_.empty()) next = std::min(next, judge_again_);
  }
  if (dead_letters_ && !failure_ && dead_letter_room() != 0) next = std::min(next, dead_letters_->next_due());
  if (state_ == State::Draining) next = std::min(next, drain_deadline_);
  for (const auto& stream : streams_) {
    if (stream && state_ == State::Running && stream->phase == Stream::Phase::Opening)
      next = std::min(next, stream->open_again);
  }
  timer_.arm(next);
}

void Task::note_ends(const Result<PartitionEnds>& ends) {
  silence_ = ends ? std::string() : ends.error().message;
  if (!ends) return;
  for (const auto& stream : streams_) {
    if (!stream) continue;
    const auto end = ends->find({stream->plan.key.topic, stream->plan.key.partition});
    if (end != ends->end()) stream->scan.note_end(end->second, loop_.now());
  }
}

Stream* Task::find_stream(std::uint32_t slot) { return slot < streams_.size() ? streams_[slot].get() : nullptr; }

StreamStatus Task::status_of(const Stream& stream) const {
  return {.topic = stream.plan.key.topic,
          .partition = stream.plan.key.partition,
          .watermark = stream.ledger.watermark(),
          .position = stream.ledger.position(),
          .end_offset = stream.scan.end_offset(),
          .in_flight = stream.ledger.open_count(),
          .counters = stream.ledger.counters(),
          .is_idle = stream.scan.is_idle()};
}

std::vector<StreamStatus> Task::status() const {
  std::vector<StreamStatus> result;
  for (const auto& stream : streams_) {
    if (stream) result.push_back(status_of(*stream));
  }
  return result;
}

TaskTrouble Task::trouble() const {
  return {.parked = lanes_.parked_records(),
          .held = lanes_.held_records(),
          .last_kind = last_kind_,
          .last_message = last_message_};
}

}  // namespace reprise::runtime
