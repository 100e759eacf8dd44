#include <algorithm>
#include <utility>

#include "sender.hpp"

namespace reprise::webhook {
namespace {

/// An endpoint at its limit that answered (or got its first request) within this time will soon have room: its records wait where they are, which
/// costs nothing. One that is silent gives its records back, so that it never stops the others for longer.
constexpr std::int64_t kLivelyNs = 20'000'000;
/// Nothing may be under way when the lease ends, and timers are up to one tick late.
constexpr std::int64_t kLeaseMarginNs = 2 * TimerWheel::kTickNs;

/// A health that lists more is read by nobody, and keys are strangers' texts.
constexpr std::size_t kMaxTroubles = 1000;
/// Somebody who gets no records any more is no trouble.
constexpr std::int64_t kTroubleNs = 600'000'000'000;

// A key as it may be shown.
std::string shown(std::string_view key) {
  std::string result;
  for (const char c : key.substr(0, 64)) result += c >= 0x20 && c < 0x7f && c != '"' ? c : '?';
  return result;
}

std::string quoted(std::string_view key) { return '"' + shown(key) + '"'; }

/// Does the endpoint itself hold its records up? The rest wait for limits of ours, and say nothing of it.
bool is_endpoints_own(std::string_view kind) {
  return kind == "endpoint.closed" || kind == "endpoint.probing" || kind == "endpoint.late";
}

}  // namespace

std::size_t Sender::deliver(const reprise_record* const* records, std::size_t count) {
  now_ns_ = now();
  timestamp_.set(host_.now(&host_, REPRISE_CLOCK_WALL) / 1'000'000);
  std::array<reprise_bytes, kLookupBatch> keys;
  std::array<reprise_row, kLookupBatch> rows;
  std::size_t taken = 0;
  while (taken < count) {
    const std::size_t batch = std::min(count - taken, kLookupBatch);
    if (!endpoints_.is_fixed()) {
      for (std::size_t i = 0; i < batch; ++i) keys[i] = records[taken + i]->key;
      host_.lookup(&host_, endpoints_.table(), keys.data(), batch, rows.data());
    }
    std::size_t i = 0;
    while (i < batch &&
           admit(*records[taken + i], endpoints_.is_fixed() ? nullptr : &rows[i], now_ns_) == Admission::Taken)
      ++i;
    taken += i;
    if (i < batch) break;
  }
  arm();
  return taken;
}

Sender::Admission Sender::admit(const reprise_record& record, const reprise_row* row, std::int64_t now_ns) {
  if (is_stopping_) {
    defer(record, "stopped", "the sink is stopping", -1);
    return Admission::Taken;
  }
  Endpoint* endpoint = row != nullptr && record.key.data == nullptr ? nullptr : endpoints_.find(view(record.key), row);
  if (endpoint == nullptr) {
    const bool has_key = record.key.data != nullptr;
    const Failure failure{.status = REPRISE_PERMANENT,
                          .kind = "endpoint.unknown",
                          .message = has_key ? "table \"" + config_.table + "\" has no row " + quoted(view(record.key))
                                             : "the record has no key",
                          .about = REPRISE_ABOUT_ENDPOINT};
    if (has_key) tell_trouble(view(record.key), failure);
    refuse(record, failure);
    return Admission::Taken;
  }
  if (!endpoint->problem.empty()) {
    const std::string who = (endpoint->name.empty() ? "" : "row ") + quoted(endpoint->title());
    const Failure failure{.status = REPRISE_PERMANENT,
                          .kind = endpoint->problem_kind,
                          .message = who + ": " + endpoint->problem,
                          .about = REPRISE_ABOUT_ENDPOINT};
    tell_trouble(endpoint->title(), failure);
    refuse(record, failure);
    return Admission::Taken;
  }
  if (!troubles_.empty()) tell_well(endpoint->title());
  if (record.kind == REPRISE_VERIFY) {
    const reprise_settlement fine{.handle = record.handle, .status = REPRISE_OK, .code = 0, .error = nullptr};
    host_.settle(&host_, &fine, 1);
    return Admission::Taken;
  }
  if (record.value.data == nullptr && !config_.sends_null_value) {
    refuse(record, {.status = REPRISE_PERMANENT,
                    .kind = "record.null_value",
                    .message = "the record has no value (null_value: send_empty sends an empty body)"});
    return Admission::Taken;
  }
  return admit_to(*endpoint, record, now_ns);
}

Sender::Admission Sender::admit_to(Endpoint& endpoint, const reprise_record& record, std::int64_t now_ns) {
  if (endpoint.closed_until_ns > now_ns) {
    defer(record, "endpoint.closed", "the endpoint asked for a pause, or its breaker is open",
          endpoint.closed_until_ns - now_ns);
    return Admission::Taken;
  }
  const bool is_half_open = config_.opens_breaker(endpoint.failures);
  if (is_half_open && endpoint.is_probing) {
    endpoint.wants_resume = true;
    defer(record, "endpoint.probing", "one request is trying whether the endpoint answers again", -1);
    return Admission::Taken;
  }
  const std::int64_t lease_ns = host_.lease_ns(&host_, record.slot);
  if (lease_ns != INT64_MAX && lease_ns - kLeaseMarginNs <= now_ns) {
    defer(record, "lease.over", "the lease ends too soon to send", -1);
    return Admission::Taken;
  }
  const bool is_late = !endpoints_.is_fixed() && endpoint.is_in_trouble();
  if (is_late && window_.room_for_late() == 0) {
    wait_for_late_room(endpoint, record);
    return Admission::Taken;
  }
  if (!window_.has_room()) return Admission::NoRoom;
  const std::size_t endpoint_limit = endpoint.is_silent ? 1 : config_.endpoint_max_in_flight;
  if (!endpoints_.is_fixed() && endpoint.in_flight >= endpoint_limit) return no_room(endpoint, record, now_ns);
  if (const std::int64_t wait_ns = endpoint.bucket.take(now_ns); wait_ns > 0) {
    if (endpoints_.is_fixed() || wait_ns <= kLivelyNs) {
      resume_at(now_ns + wait_ns);
      return Admission::NoRoom;
    }
    defer(record, "endpoint.rate", "the endpoint's rate limit is reached", wait_ns);
    return Admission::Taken;
  }
  if (is_half_open) endpoint.is_probing = true;
  window_.add(is_late);
  begin(endpoint, record, is_late, now_ns);
  return Admission::Taken;
}

Sender::Admission Sender::no_room(Endpoint& endpoint, const reprise_record& record, std::int64_t now_ns) {
  const std::int64_t lively_until_ns = endpoint.lively_ns + kLivelyNs;
  if (!endpoint.is_silent && now_ns < lively_until_ns) {
    resume_at(lively_until_ns);
    return Admission::NoRoom;
  }
  endpoint.wants_resume = true;
  defer(record, "endpoint.busy", "endpoint_max_in_flight requests are under way", -1);
  return Admission::Taken;
}

void Sender::resume_at(std::int64_t at_ns) {
  if (!resume_timer_.is_set() || resume_timer_.due_ns() > at_ns) wheel_.set(resume_timer_, at_ns);
}

void Sender::wait_for_late_room(Endpoint& endpoint, const reprise_record& record) {
  if (!std::exchange(endpoint.waits_for_late_room, true)) late_queue_.push_back(endpoint.name);
  defer(record, "endpoint.late", "endpoints that fail or answer late hold half of max_in_flight", -1);
}

void Sender::offer_late_room() {
  for (std::size_t room = window_.room_for_late(); room > 0 && !late_queue_.empty(); late_queue_.pop_front()) {
    Endpoint* endpoint = endpoints_.peek(late_queue_.front());
    if (endpoint == nullptr) continue;
    endpoint->waits_for_late_room = false;
    host_.resume(&host_, endpoint->group);
    --room;
  }
}

void Sender::begin(Endpoint& endpoint, const reprise_record& record, bool is_late, std::int64_t now_ns) {
  if (endpoint.origin == nullptr) endpoint.origin = pool_.origin_of(endpoint.url);
  Connection* connection = take_clean(*endpoint.origin);
  if (connection == nullptr) {
    // A full pool mostly holds one without a request. Also a receiver that never ends its bodies holds no more connections.
    if (pool_.size() >= config_.max_in_flight) {
      if (Connection* spare = pool_.oldest_spare(); spare != nullptr) {
        if (spare->state == Connection::State::Idle) pool_.drop_idle(*spare);
        remove(*spare);
      }
    }
    connection = &pool_.make(endpoint.origin, config_.response);
  }
  if (endpoint.in_flight++ == 0) endpoint.lively_ns = now_ns;
  connection->request = {.handle = record.handle,
                         .record = &record,
                         .endpoint = &endpoint,
                         .slot = record.slot,
                         .started_ns = now_ns,
                         .is_late = is_late,
                         .is_detached = false};
  connection->reset_request(record);
  static const Stream kUnopened = make_stream(reprise_stream{});
  const Stream& stream = record.slot < streams_.size() ? streams_[record.slot] : kUnopened;
  write_head(endpoint, stream, record, timestamp_.text(), connection->head);
  if (connection->fd >= 0) {
    connection->state = Connection::State::Sending;
    connection->deadline_ns = now_ns + config_.total_timeout.count();
    schedule(*connection);
    send(*connection);
    return;
  }
  connection->deadline_ns = now_ns + std::min(config_.connect_timeout, config_.total_timeout).count();
  schedule(*connection);
  find_address(*connection);
}

void Sender::tell_trouble(std::string_view key, const Failure& failure) {
  const std::string subject = shown(key);
  if (const auto known = troubles_.find(subject); known != troubles_.end()) {
    known->second = now_ns_;
    return;
  }
  forget_troubles();
  if (troubles_.size() >= kMaxTroubles) return;
  troubles_.emplace(subject, now_ns_);
  reprise_error error;
  fill(failure, error);
  host_.health(&host_, text_of(subject), REPRISE_INVALID, &error);
  log("nothing can be sent there: " + failure.message, text_of(subject));
}

void Sender::tell_well(std::string_view key) {
  const std::string subject = shown(key);
  if (troubles_.erase(subject) > 0) host_.health(&host_, text_of(subject), REPRISE_UP, nullptr);
}

void Sender::forget_troubles() {
  std::erase_if(troubles_, [this](const auto& trouble) {
    const bool is_old = now_ns_ - trouble.second > kTroubleNs;
    if (is_old) host_.health(&host_, text_of(trouble.first), REPRISE_UP, nullptr);
    return is_old;
  });
}

void Sender::refuse(const reprise_record& record, const Failure& failure) {
  reprise_error error;
  fill(failure, error);
  const reprise_settlement settlement{
      .handle = record.handle, .status = failure.status, .code = failure.code, .error = &error};
  host_.settle(&host_, &settlement, 1);
}

void Sender::defer(const reprise_record& record, const char* kind, std::string message, std::int64_t retry_after_ns) {
  metrics_.deferred();
  // A time that is over is "at once"; none is the host's to decide.
  const std::int64_t retry_after_ms =
      retry_after_ns < 0 ? 0 : std::max<std::int64_t>(1, (retry_after_ns + 999'999) / 1'000'000);
  refuse(record, {.status = REPRISE_DEFERRED,
                  .kind = kind,
                  .message = std::move(message),
                  .code = 0,
                  .about = is_endpoints_own(kind) ? REPRISE_ABOUT_ENDPOINT : REPRISE_ABOUT_RECORD,
                  .retry_after_ms = retry_after_ms});
}

}  // namespace reprise::webhook
