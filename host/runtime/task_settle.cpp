#include <algorithm>
#include <utility>

#include "host/base/failpoint.hpp"
#include "host/runtime/retry.hpp"
#include "host/runtime/task.hpp"
#include "host/telemetry/log.hpp"

// From the lanes to the sink, and back.

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t kOfferedAtOnce = 64;
constexpr auto kDeferredPause = 100ms;   // a deferred record without a time
constexpr auto kSinkFullPause = 1000ms;  // the sink should have said resume by then

constexpr reprise_error kNoError{0, 0, 0, "unknown", "", "the plugin gave no reason", {}};

std::string where(const Flight& flight, const Stream& stream) {
  return stream.plan.key.topic + "-" + std::to_string(stream.plan.key.partition) + " offset " +
         std::to_string(flight.offset);
}

std::string last_failure_of(const Flight& flight) {
  const Trouble* const trouble = flight.endpoint->trouble.get();
  return trouble == nullptr ? "none" : trouble->kind + ", " + trouble->message;
}

}  // namespace

void Task::offer() {
  const BootTime now = loop_.now();
  if (now < absence_.until() || (is_sink_full_ && now < offer_again_)) return;
  is_sink_full_ = false;
  // While a group cannot be written, nothing more is sent: its outcomes could be lost with the process.
  // Dead letters have a share of what may be under way: what a crash repeats is bounded for both together.
  const std::uint64_t dead = dead_letters_ ? dead_letters_->claimed() : 0;
  const std::uint64_t max_in_flight = std::max<std::uint64_t>(1, settings_.max_in_flight - dead);
  offers_.grow_old(now, [this](Endpoint& endpoint) { lanes_.endpoint_holds_up(endpoint); });
  wake_for_room(max_in_flight);
  while (!is_group_late_ && !failure_ && lanes_.ready_count() != 0 && in_flight_ < max_in_flight &&
         in_flight_bytes_ < settings_.max_in_flight_bytes) {
    offered_.clear();
    record_pointers_.clear();
    const std::size_t most = std::min<std::size_t>(kOfferedAtOnce, max_in_flight - in_flight_);
    while (offered_.size() < most) {
      const FlightId id = lanes_.take_ready();
      if (id == 0) break;
      Flight& flight = flights_.at(id);
      // The bound holds for what is offered now as well; a record larger than it goes alone.
      if (in_flight_bytes_ + flight.bytes > settings_.max_in_flight_bytes && in_flight_ + offered_.size() != 0) {
        lanes_.return_ready(id);
        break;
      }
      if (flight.endpoint->busy_until > now) {
        if (flight.endpoint->is_held_up) begin_waiting(flight, now);
        park(id, flight.endpoint->busy_until, true);
        continue;
      }
      if (!has_slow_room(flight, max_in_flight)) {
        park(id, Lanes::kWhenThereIsRoom, true);
        continue;
      }
      flight.state = Flight::State::Offered;
      offers_.add(id, now);
      offered_.push_back(id);
      record_pointers_.push_back(flight.record);
      in_flight_bytes_ += flight.bytes;
    }
    if (offered_.empty()) return;
    in_flight_ += offered_.size();
    std::size_t taken = 0;
    const auto delivered = stages_.sink.deliver(record_pointers_, &taken);
    if (!delivered) taken = 0;
    for (std::size_t i = offered_.size(); i-- > taken;) {
      --in_flight_;
      in_flight_bytes_ -= flights_.at(offered_[i]).bytes;
      offers_.remove(offered_[i]);
      lanes_.return_ready(offered_[i]);
    }
    if (!delivered) return sink_is_away(delivered.error());
    if (taken != 0) has_flushed_ = false;
    if (absence_.end()) {
      show_well();
      if (said_.pass("sink_back")) {
        telemetry::info("the sink takes records again",
                        {{"connector", settings_.connector}, {"task", settings_.number}});
      }
    }
    if (taken < offered_.size()) {
      is_sink_full_ = true;
      offer_again_ = now + kSinkFullPause;
      return;
    }
  }
}

// A sink may wait for a fuller batch than it can get: it is told once, until it is given more.
void Task::tell_that_no_more_comes() {
  if (has_flushed_ || in_flight_ == 0 || failure_ || wants_turn_.load(std::memory_order_relaxed)) return;
  has_flushed_ = true;
  const bool is_full = lanes_.ready_count() != 0 || lanes_.held_records() != lanes_.parked_records() || !has_room() ||
                       budget_.left() == 0;
  const auto flushed = stages_.sink.flush(is_full ? REPRISE_FLUSH_FULL : REPRISE_FLUSH_IDLE, BootTime::max());
  if (!flushed) fail(flushed.error());
}

void Task::sink_is_away(const Error& why) {
  if (why.status != Status::Retriable) return fail(why);
  const BootTime now = loop_.now();
  absence_.refused(why, now);
  metrics_.count_refusal(why.kind);
  services_.health.set(subject(), telemetry::HealthState::Degraded, "the sink is away: " + why.message);
  if (const auto suppressed = said_.pass("sink_away")) {
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(absence_.until() - now);
    telemetry::warn("the sink is away; its records are kept, and it is asked again",
                    {{"connector", settings_.connector},
                     {"task", settings_.number},
                     {"kind", why.kind},
                     {"reason", why.message},
                     {"again_in_ms", pause.count()},
                     {"suppressed", *suppressed}});
  }
}

// May this record be offered beside the slow ones? With one endpoint there is nobody to keep the other half for.
bool Task::has_slow_room(const Flight& flight, std::uint64_t max_in_flight) const {
  return !flight.endpoint->is_held_up || lanes_.endpoint_count() == 1 ||
         offers_.has_slow_room(flight.bytes, max_in_flight, settings_.max_in_flight_bytes);
}

void Task::wake_for_room(std::uint64_t max_in_flight) {
  const std::uint64_t room = max_in_flight - std::min(in_flight_, max_in_flight);
  for (std::uint64_t left = std::min(room, offers_.slow_room(max_in_flight)); left != 0; --left) {
    if (lanes_.wake_for_room() == 0) return;
  }
}

void Task::take_settlements() {
  for (Settled& each : inbox_.drain()) settled(each);
}

void Task::settled(Settled& settled) {
  const FlightId id = flights_.find(settled.handle);
  if (id != 0 && flights_.at(id).state == Flight::State::DeadLettering) return dead_letter_settled(id, settled);
  if (id == 0 || flights_.at(id).state != Flight::State::Offered) {
    metrics_.strays.add();
    if (const auto suppressed = said_.pass("stray")) {
      telemetry::warn("a plugin settled a record that is not in flight; that counts for nothing",
                      {{"connector", settings_.connector},
                       {"task", settings_.number},
                       {"kind", "plugin.stray_settlement"},
                       {"handle", settled.handle},
                       {"suppressed", *suppressed}});
    }
    return;
  }
  Flight& flight = flights_.at(id);
  --in_flight_;
  in_flight_bytes_ -= flight.bytes;
  is_sink_full_ = false;  // a stray does not say that
  offers_.remove(id);
  if (settled.status != REPRISE_OK) return tried_without_success(id, settled);
  REPRISE_FAILPOINT(after_2xx);
  flight.endpoint->faults_in_a_row = 0;
  watch_.succeeded(*flight.endpoint, loop_.now());
  lanes_.endpoint_succeeded(*flight.endpoint, loop_.now(), offers_.age_of(flight, loop_.now()));
  last_kind_.clear();
  finish(id, Outcome::Delivered);
}

void Task::tried_without_success(FlightId id, Settled& settled) {
  Flight& flight = flights_.at(id);
  const BootTime now = loop_.now();
  const reprise_error& error = settled.error ? *settled.error : kNoError;
  last_kind_ = error.kind;
  last_message_ = error.message;
  const bool is_about_endpoint = error.about == REPRISE_ABOUT_ENDPOINT;
  if (settled.status == REPRISE_RETRIABLE || (settled.status == REPRISE_PERMANENT && is_about_endpoint)) {
    lanes_.endpoint_failed(*flight.endpoint, now);
    watch_.failed(*flight.endpoint, view(flight.record->key), error);
  }
  if (settled.status == REPRISE_DEFERRED && is_about_endpoint) lanes_.endpoint_holds_up(*flight.endpoint);
  // A limit of the sink's own (DEFERRED, about the record) is waited for as long as it takes.
  if (settled.status == REPRISE_RETRIABLE || is_about_endpoint)
    begin_waiting(flight, now - offers_.age_of(flight, now));
  const bool has_time = error.retry_after_ms > 0;  // in a zeroed error nobody asked for anything
  // "At once" is fine for a record that was not tried; for one that was, it would be a loop without attempts to end it.
  const std::chrono::milliseconds least = settled.status == REPRISE_RETRIABLE ? kDeferredPause : 0ms;
  const BootTime asked_for =
      now + (has_time ? std::max(std::chrono::milliseconds(error.retry_after_ms), least) : kDeferredPause);
  if (settled.status == REPRISE_DEFERRED || (settled.status == REPRISE_RETRIABLE && has_time)) {
    // The endpoint is busy: no attempt is spent, and its other records wait as well.
    if (has_time) flight.endpoint->busy_until = std::max(flight.endpoint->busy_until, asked_for);
    return is_overdue(flight) ? give_up(id, Stage::TaskPut, error) : park(id, asked_for, true);
  }
  if (settled.status == REPRISE_RETRIABLE) {
    Stream& stream = *find_stream(flight.slot);
    ++flight.attempts;
    mark_dirty(stream);
    if (!is_exhausted(settings_.retry, flight.attempts, now - flight.waits_since)) {
      stream.ledger.count_retry();
      const double random = static_cast<double>(random_() - random_.min()) / static_cast<double>(random_.max());
      return park(id, now + retry_delay(settings_.retry, flight.attempts, random), false);
    }
  }
  if (settled.status == REPRISE_FATAL) {
    return fail_with(id, fatal(error.kind, "the sink cannot go on: " + std::string(error.message)));
  }
  if (is_about_endpoint && settings_.endpoint_faults != 0 &&
      ++flight.endpoint->faults_in_a_row >= settings_.endpoint_faults) {
    return fail_with(id, fatal(error.kind, std::to_string(flight.endpoint->faults_in_a_row) +
                                               " records in a row failed by their endpoint's fault: " + error.message));
  }
  give_up(id, Stage::TaskPut, error);
}

void Task::begin_waiting(Flight& flight, BootTime since) {
  if (flight.waits_since != BootTime{}) return;
  flight.waits_since = since;
  const auto ago = std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - since);
  flight.since_s = std::max<std::int64_t>(1, (services_.clock.wall_ms() - ago.count()) / 1000);
  mark_dirty(*find_stream(flight.slot));
}

bool Task::is_overdue(const Flight& flight) const {
  return settings_.retry.max_elapsed && flight.waits_since != BootTime{} &&
         loop_.now() - flight.waits_since >= *settings_.retry.max_elapsed;
}

// What is parked for longer than it may wait does not wait for its time as well: that may be an hour away.
void Task::give_up_overdue() {
  if (!settings_.retry.max_elapsed || state_ != State::Running) return;
  for (const FlightId id : lanes_.parked_since(loop_.now() - *settings_.retry.max_elapsed)) {
    if (failure_ || (dead_letters_ && !dead_letters_->has_room())) return;
    lanes_.take_parked(id);
    give_up(id, Stage::TaskPut,
            error_of("retry.max_elapsed", "errors.retry.max_elapsed is over; its endpoint's last failure: " +
                                              last_failure_of(flights_.at(id))));
  }
}

void Task::park(FlightId id, BootTime due, bool is_deferred) {
  lanes_.park(id, due, is_deferred);
  flights_.renew_handle(id);
  flights_.at(id).record->attempt = flights_.at(id).attempts + 1;
}

// No further attempt: to the dead letters, or the end of the task.
void Task::give_up(FlightId id, Stage stage, const reprise_error& error) {
  Flight& flight = flights_.at(id);
  Stream& stream = *find_stream(flight.slot);
  if (!settings_.is_tolerant || !dead_letters_) {
    Error failed =
        fatal(error.kind, where(flight, stream) + " failed after " + std::to_string(std::max(1u, flight.attempts)) +
                              (flight.attempts > 1 ? " attempts: " : " attempt: ") + error.message +
                              " (errors.tolerance: all and errors.dead_letter let the connector go on)");
    failed.code = error.code;
    return fail_with(id, std::move(failed));
  }
  telemetry::debug("a record goes to the dead letters", {{"connector", settings_.connector},
                                                         {"task", settings_.number},
                                                         {"topic", stream.plan.key.topic},
                                                         {"partition", stream.plan.key.partition},
                                                         {"offset", flight.offset},
                                                         {"kind", error.kind},
                                                         {"reason", error.message}});
  if (flight.endpoint != nullptr) watch_.dead_lettered(*flight.endpoint, view(flight.record->key));
  lanes_.leave(id);
  dead_letters_->enter(id, stage, error);
  want_turn();
}

void Task::dead_letter_settled(FlightId id, const Settled& settled) {
  if (settled.status == REPRISE_OK) {
    REPRISE_FAILPOINT(before_dead_letter_ack);
    dead_letters_->acknowledged(id);
    if (std::exchange(is_dead_letter_degraded_, false)) services_.health.clear(dead_letter_subject());
    finish(id, Outcome::DeadLettered);
    REPRISE_FAILPOINT(after_dead_letter_ack);
    return;
  }
  const reprise_error& error = settled.error ? *settled.error : kNoError;
  const Flight& flight = flights_.at(id);
  const std::string place = where(flight, *find_stream(flight.slot));
  switch (dead_letters_->refused(id, settled.status, loop_.now(), services_.clock.wall_ms())) {
    case DeadLetters::Next::Again:
      break;
    case DeadLetters::Next::Plain:
      telemetry::warn("a dead letter was refused; it is sent again without headers, dated now",
                      {{"connector", settings_.connector},
                       {"task", settings_.number},
                       {"record", place},
                       {"kind", error.kind},
                       {"reason", error.message}});
      break;
    case DeadLetters::Next::None:
      return fail_with(
          id, fatal(error.kind, "the dead letter queue does not take " + place + " in any form: " + error.message +
                                    " (let its topic take it: message.timestamp.*, max.message.bytes, "
                                    "cleanup.policy; or name another one in errors.dead_letter)"));
  }
  dead_letter_trouble(error.kind, error.message);
}

void Task::dead_letter_trouble(std::string_view kind, std::string_view reason) {
  services_.health.set(dead_letter_subject(), telemetry::HealthState::Degraded, reason);
  is_dead_letter_degraded_ = true;
  if (const auto suppressed = said_.pass("dead_letter")) {
    telemetry::warn("the dead letter queue does not take records; they are kept and tried again",
                    {{"connector", settings_.connector},
                     {"task", settings_.number},
                     {"kind", kind},
                     {"reason", reason},
                     {"suppressed", *suppressed}});
  }
}

// The outcome is final: the account, the transforms' marks, the next of its lane, and the copies that waited for it.
void Task::finish(FlightId id, Outcome outcome) {
  Flight& flight = flights_.at(id);
  Stream& stream = *find_stream(flight.slot);
  stream.ledger.settle(id, outcome);
  stream.last_outcome = loop_.now();
  if (flight.batch || flight.copy) stream.remember(*flight.record);  // a copy that waits long keeps no bytes
  if (stream.minutes) stream.minutes->count(flight.timestamp_ms, outcome);
  for (std::size_t i = 0; i < notes_.size(); ++i) {
    if (flight.tags[i] != 0)
      notes_[i].push_back({flight.tags[i], static_cast<reprise_outcome>(outcome), flight.slot, 0});
  }
  mark_dirty(stream);
  ++group_outcomes_;
  lanes_.leave(id);
  budget_.give_back(flight.bytes);
  FlightId follower = flight.first_follower;
  flights_.give_back(id);
  while (follower != 0) {
    const FlightId next = flights_.at(follower).next_in_queue;
    finish(follower, Outcome::Duplicate);
    follower = next;
  }
}

}  // namespace reprise::runtime
