#include <algorithm>

#include "host/runtime/task.hpp"
#include "host/telemetry/log.hpp"

// Once a second: what metrics and health say of the task, and what has to be looked after.

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
// A record that waits longer than this gets memory of its own, so that it does not pin the buffer it was fetched in.
constexpr auto kPinnedAtMost = 1s;
// Where a partition ended so long ago says nothing of now. More than two questions take (EndWatch).
constexpr auto kEndIsOld = 5s;

double seconds_of(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

void Task::tick() {
  next_tick_ = loop_.now() + kTick;
  metrics_.in_flight.set(static_cast<double>(flights_.live()));
  metrics_.in_flight_bytes.set(static_cast<double>(budget_.used()));
  metrics_.held_records.set(static_cast<double>(lanes_.held_records()));
  metrics_.held_bytes.set(static_cast<double>(lanes_.held_bytes()));
  BootTime oldest = loop_.now();
  for (const auto& stream : streams_) {
    if (!stream) continue;
    look_for_truncation(*stream);
    show_place(*stream);
    if (const FlightId id = stream->ledger.oldest(); id != 0) oldest = std::min(oldest, flights_.at(id).admitted);
  }
  metrics_.oldest_seconds.set(seconds_of(loop_.now() - oldest));
  show_health(oldest);
  give_up_overdue();
  lanes_.tidy(loop_.now(), [this](const Endpoint& endpoint) { watch_.forgotten(endpoint); });
  watch_.show(lanes_, loop_.now());
  expired_.show(loop_.now());
  unpin_old_records();
  courtesy_commit();
  flights_.shrink();
}

void Task::show_place(Stream& stream) {
  const BootTime now = loop_.now();
  const Ledger& ledger = stream.ledger;
  // A job's end is its own, and does not move.
  const bool has_end = stream.plan.end >= 0;
  const std::int64_t end = has_end ? stream.plan.end : stream.scan.end_offset();
  const std::int64_t behind = end < 0 ? 0 : std::max<std::int64_t>(0, end - ledger.watermark());
  const auto silent_for = now - stream.scan.end_heard();
  const bool is_known = has_end || (end >= 0 && silent_for <= kEndIsOld);
  if (behind == 0) stream.last_outcome = now;  // until now there was nothing to have one
  // What failed before is passed, or there is nothing left to fail.
  if (ledger.watermark() > stream.plan.from.watermark() || (is_known && behind == 0)) trial_ends_ = {};

  TaskMetrics::Place place;
  place.watermark = static_cast<double>(ledger.watermark());
  if (!has_end) place.last_answer_seconds = seconds_of(silent_for);
  if (is_known) place.lag_records = static_cast<double>(behind);
  if (const FlightId id = ledger.oldest(); id != 0) {
    const Flight& flight = flights_.at(id);
    const auto age = std::chrono::milliseconds(services_.clock.wall_ms() - flight.timestamp_ms);
    place.lag_seconds = flight.timestamp_ms < 0 ? seconds_of(now - flight.admitted) : std::max(0.0, seconds_of(age));
  } else if (is_known) {
    place.lag_seconds = seconds_of(now - stream.last_outcome);  // at least: nothing of it has been read
  }
  metrics_.set_partition(stream.plan.key.topic, stream.plan.key.partition, place);
}

void Task::show_health(BootTime oldest) {
  const bool is_stalled = std::any_of(streams_.begin(), streams_.end(), [this](const auto& stream) {
    return stream && loop_.now() - stream->last_outcome > settings_.stall_after;
  });
  const auto degraded = [this](std::string_view reason) {
    services_.health.set(subject(), telemetry::HealthState::Degraded, reason);
  };
  if (failure_) {
    degraded("the task fails: " + failure_->message);
  } else if (absence_.is_away()) {
    degraded("the sink is away: " + absence_.reason());
  } else if (is_group_late_) {
    return;  // commit_later says why
  } else if (!silence_.empty()) {
    degraded("the source does not answer: " + silence_);
  } else if (is_stalled) {
    degraded("stalled: there is lag, and no record got an outcome for a while");
    if (const auto suppressed = said_.pass("stalled")) {
      telemetry::warn("stalled: there is lag, and no record got an outcome for a while",
                      {{"connector", settings_.connector},
                       {"task", settings_.number},
                       {"kind", "stalled"},
                       {"in_flight", in_flight_},
                       {"oldest_s", std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - oldest).count()},
                       {"suppressed", *suppressed}});
    }
  } else {
    show_well();
  }
}

// A task that fails again and again would be up for a moment of each life.
void Task::show_well() {
  const bool is_on_trial = !settings_.trial.empty() && loop_.now() < trial_ends_;
  services_.health.set(subject(), is_on_trial ? telemetry::HealthState::Starting : telemetry::HealthState::Up,
                       is_on_trial ? std::string_view(settings_.trial) : std::string_view());
}

void Task::unpin_old_records() {
  for (const auto& stream : streams_) {
    if (!stream) continue;
    for (FlightId id = stream->ledger.oldest(); id != 0;) {
      Flight& flight = flights_.at(id);
      if (loop_.now() - flight.admitted < kPinnedAtMost) break;  // in the order of their reading
      if (flight.state == Flight::State::Waiting) flight.copy_out();
      id = flight.newer;
    }
  }
}

}  // namespace reprise::runtime
