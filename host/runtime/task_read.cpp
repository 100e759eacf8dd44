#include <algorithm>
#include <utility>

#include "host/runtime/task.hpp"
#include "host/telemetry/log.hpp"

// From the scans through the transforms to the lanes.

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr auto kJudgeAgain = 100ms;
constexpr auto kOpenAgain = 1s;  // after trouble of the source
constexpr auto kShort = 10s;     // a new leader may say less for a moment than the old one
constexpr std::string_view kOtherLog = "log.changed";
constexpr std::size_t kRecordsPerStep = 256;
// Where nothing is wanted of what is read there is always room; settlements, commits and other tasks have their turn too.
constexpr std::size_t kStepsPerTurn = 32;

/// How many offsets the batch, which begins at start, passes without a record, the expired ones aside.
std::int64_t count_jumps(const reprise_batch& batch, std::int64_t start) {
  const std::int64_t expired_end = std::clamp(batch.expired_before, start, std::max(start, batch.next_offset));
  std::int64_t count = batch.next_offset - expired_end;
  for (std::size_t i = 0; i < batch.count; ++i) count -= batch.records[i].offset >= expired_end ? 1 : 0;
  return count;
}

Error other_log(const StreamPlan& plan, Error error) {
  error.message = plan.key.topic + "-" + std::to_string(plan.key.partition) + ": " + error.message +
                  ": the topic was deleted and made anew; " +
                  (plan.job.empty() ? "give the connector another name to begin again"
                                    : "what this job was to read is gone, start another job");
  return error;
}

}  // namespace

bool Task::has_room() const {
  return judged_.empty() && !is_group_late_ && !failure_ && lanes_.ready_count() < settings_.max_in_flight &&
         lanes_.has_room() && (!dead_letters_ || dead_letters_->has_room());
}

void Task::read() {
  if (!judged_.empty()) {  // a transform asked for these to come again
    if (loop_.now() >= judge_again_) judge();
    if (!judged_.empty()) return;
  }
  // One step per partition in turn, until nobody has records or there is no room for more.
  std::size_t steps = 0;
  for (std::size_t idle = 0; idle < streams_.size() && has_room();) {
    if (++steps > kStepsPerTurn) return want_turn();
    next_stream_ = (next_stream_ + 1) % streams_.size();
    Stream* const stream = streams_[next_stream_].get();
    idle = stream != nullptr && stream->phase == Stream::Phase::Running && admit_from(*stream) ? 0 : idle + 1;
  }
}

// Takes up to kRecordsPerStep records of one batch. False: there is none now.
bool Task::admit_from(Stream& stream) {
  if (auto filled = stream.scan.fill(loop_.now()); !filled) {
    if (filled.error().status == Status::Retriable) {
      open_later(stream, filled.error());
    } else {
      fail(filled.error().kind == kOtherLog ? other_log(stream.plan, filled.error()) : filled.error());
    }
  }
  Batch* const batch = stream.scan.front();
  if (batch == nullptr) {
    if (!stream.scan.is_open()) {
      stream.phase = Stream::Phase::Opening;
      stream.opened_stages = stages_.transforms.size() + 2;  // all but the source
    }
    return false;
  }
  const BootTime now = loop_.now();
  const std::int64_t first = stream.ledger.next_offset();
  const std::uint64_t expired = stream.ledger.counters().expired;
  const std::size_t begin = stream.scan.front_index();
  const std::size_t end = std::min(batch->count(), begin + kRecordsPerStep);
  if (const auto& lent = batch->lent(); begin == 0 && (lent.flags & REPRISE_BATCH_COUNTS_GAPS) != 0) {
    // The identities of the account cannot see a record that the source read and did not give: to them it is a gap.
    const std::int64_t jumps = count_jumps(lent, stream.ledger.next_offset());
    if (jumps != lent.gaps) {
      metrics_.mismatches.add();
      telemetry::error("a source lost records on the way, or counts wrongly: a bug, please report it",
                       {{"connector", settings_.connector},
                        {"task", settings_.number},
                        {"kind", "account.source"},
                        {"topic", stream.plan.key.topic},
                        {"partition", stream.plan.key.partition},
                        {"offset", stream.ledger.next_offset()},
                        {"passed_without_record", jumps},
                        {"gaps_of_the_source", lent.gaps}});
    }
  }
  for (std::size_t i = begin; i < end; ++i) {
    reprise_record& record = batch->record(i);
    if (record.offset < stream.ledger.next_offset()) {
      fail(fatal("source.order", "the source gave offset " + std::to_string(record.offset) + " of " +
                                     stream.plan.key.topic + "-" + std::to_string(stream.plan.key.partition) +
                                     " when " + std::to_string(stream.ledger.next_offset()) + " was the next"));
      return false;
    }
    Ledger::Reading reading{};
    std::uint32_t attempts = 0;
    std::int64_t since_s = 0;
    if (!is_selected(stream, record, &reading, &attempts, &since_s)) continue;
    const FlightId id = flights_.take();
    Flight& flight = flights_.at(id);
    flight.state = Flight::State::Judged;
    flight.record = &record;
    flight.batch = stream.scan.front_ref();
    flight.admitted = now;
    flight.offset = record.offset;
    flight.timestamp_ms = record.timestamp_ms;
    flight.slot = stream.slot;
    flight.bytes = static_cast<std::uint32_t>(size_of(record));
    flight.payload_bytes = static_cast<std::uint32_t>(payload_size_of(record));
    flight.attempts = attempts;
    if (since_s != 0) {  // on the wall's clock: the boot clock may have begun anew
      const auto waited = std::chrono::milliseconds(services_.clock.wall_ms() - since_s * 1000);
      flight.waits_since = now - std::max<std::chrono::nanoseconds>(waited, 0ns);
      flight.since_s = since_s;
    }
    flight.first_handle = flights_.handle_of(id);
    record.handle = flight.first_handle;
    record.read_ns = now.ns;
    record.slot = stream.slot;
    record.attempt = attempts + 1;
    stream.ledger.open(id, reading);
    judged_.push_back(id);
  }
  if (begin < end) stream.remember(batch->record(end - 1));
  stream.scan.advance_front(end - begin);
  const std::int64_t expired_before = batch->lent().expired_before;
  if (end == batch->count()) {
    stream.ledger.pass(batch->lent().next_offset, expired_before);
    stream.scan.pop_front();
  }
  tell_what_expired(stream, first, expired, expired_before);
  mark_dirty(stream);
  judge();
  return true;
}

// A job's account of what it could not read is its proof; live, nobody else would notice.
void Task::tell_what_expired(const Stream& stream, std::int64_t first, std::uint64_t before,
                             std::int64_t expired_before) {
  const std::uint64_t records = stream.ledger.counters().expired - before;
  if (records == 0 || !stream.plan.job.empty()) return;
  expired_.took(stream.plan.key, first, std::min(expired_before, stream.ledger.next_offset()), records, loop_.now());
}

// What had trouble may come back as another log, so its cursor is opened anew, and begins with the print.
void Task::open_later(Stream& stream, const Error& error) {
  stream.scan.close_source(REPRISE_CLOSE_STOP);
  stream.open_again = loop_.now() + kOpenAgain;
  if (const auto suppressed = said_.pass("poll/" + std::to_string(stream.slot))) {
    telemetry::warn("the source has trouble and is asked again", {{"connector", settings_.connector},
                                                                  {"task", settings_.number},
                                                                  {"topic", stream.plan.key.topic},
                                                                  {"partition", stream.plan.key.partition},
                                                                  {"kind", error.kind},
                                                                  {"reason", error.message},
                                                                  {"suppressed", *suppressed}});
  }
}

// An end was asked of the log itself: one that ends before it has lost records, and there is nothing to wait for.
void Task::look_for_truncation(Stream& stream) {
  const std::int64_t log_end = stream.scan.end_offset();
  const bool is_short = stream.scan.is_open() && stream.scan.is_idle() && log_end >= 0 && log_end < stream.plan.end;
  stream.short_since = is_short ? std::min(stream.short_since, loop_.now()) : BootTime::max();
  if (loop_.now() - stream.short_since < kShort) return;
  fail(fatal("log.truncated", stream.plan.key.topic + "-" + std::to_string(stream.plan.key.partition) +
                                  ": the log ends at offset " + std::to_string(log_end) + " now, before offset " +
                                  std::to_string(stream.plan.end) +
                                  ", where this job ends: the topic lost records; start another job"));
}

// Accounts for a record that was read; true if it is to be taken up.
bool Task::is_selected(Stream& stream, const reprise_record& record, Ledger::Reading* reading, std::uint32_t* attempts,
                       std::int64_t* since_s) {
  *reading = stream.ledger.read(record.offset, stream.scan.front()->lent().expired_before, attempts, since_s);
  if (*reading != Ledger::Reading::Final) {
    if (stream.plan.selection.wants(record)) return true;
    stream.ledger.not_selected(*reading);
  }
  budget_.give_back(size_of(record));
  return false;
}

// The records that were just read go through the transforms; those that are kept go on to the lanes.
void Task::judge() {
  for (; judged_by_ < stages_.transforms.size() && !judged_.empty(); ++judged_by_) {
    if (auto applied = apply_transform(judged_by_); !applied) {
      if (applied.error().status != Status::Retriable) return fail(applied.error());
      judge_again_ = loop_.now() + kJudgeAgain;
      return;
    }
    if (failure_) return;
  }
  judged_by_ = 0;
  route();
  judged_.clear();
}

Result<> Task::apply_transform(std::size_t index) {
  record_pointers_.clear();
  for (const FlightId id : judged_) record_pointers_.push_back(flights_.at(id).record);
  verdicts_.assign(judged_.size(), reprise_verdict{});
  const std::size_t written = batch_.size();
  if (auto applied = stages_.transforms[index]->apply(record_pointers_, verdicts_); !applied) {
    batch_.cut(written);
    return applied;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < judged_.size(); ++i) {
    if (act_on(judged_[i], index, verdicts_[i])) judged_[kept++] = judged_[i];
  }
  judged_.resize(kept);
  return {};
}

// True: the record goes on.
bool Task::act_on(FlightId id, std::size_t transform, const reprise_verdict& verdict) {
  switch (verdict.action) {
    case REPRISE_KEEP:
      flights_.at(id).tags[transform] = verdict.tag;
      return true;
    case REPRISE_DROP:
      finish(id, Outcome::Filtered);
      return false;
    case REPRISE_REPEAT:
      finish(id, Outcome::Duplicate);
      return false;
    case REPRISE_ATTACH:
      if (verdict.leader == flights_.at(id).first_handle) {
        fail(fatal("transform.verdict", "a transform attached a record to itself"));
        return false;
      }
      flights_.at(id).tags[transform] = verdict.tag;
      if (!follow(id, verdict.leader)) finish(id, Outcome::Duplicate);
      return false;
    case REPRISE_REJECT:
      give_up(id, Stage::Transformation,
              verdict.error != nullptr ? *verdict.error : error_of("rejected", "a transform rejected it"));
      return false;
    default:
      fail(fatal("transform.verdict", "a transform gave verdict " + std::to_string(verdict.action) +
                                          "; this version knows keep, drop, repeat, attach and reject"));
      return false;
  }
}

// False: the leader has its outcome already.
bool Task::follow(FlightId id, std::uint64_t leader_handle) {
  const FlightId leader_id = flights_.find_first(leader_handle);
  if (leader_id == 0) return false;
  Flight& leader = flights_.at(leader_id);
  Flight& flight = flights_.at(id);
  flight.state = Flight::State::Following;
  flight.next_in_queue = leader.first_follower;
  leader.first_follower = id;
  // Only its place and time still count: however many wait, their bytes stop nobody.
  budget_.give_back(std::exchange(flight.bytes, 0));
  flight.batch.reset();
  lanes_.add_follower(leader_id);
  return true;
}

void Task::route() {
  if (judged_.empty()) return;
  record_pointers_.clear();
  for (const FlightId id : judged_) record_pointers_.push_back(flights_.at(id).record);
  routes_.assign(judged_.size(), reprise_route{});
  if (auto routed = stages_.sink.route(record_pointers_, routes_); !routed) return fail(routed.error());
  for (std::size_t i = 0; i < judged_.size(); ++i) {
    if (!lanes_.enter(judged_[i], routes_[i])) overflow(judged_[i]);
  }
  shed();
}

// What endpoints that are held up hold beyond their half goes to the dead letters, as fast as these take it.
void Task::shed() {
  while (dead_letters_ && dead_letters_->has_room()) {
    const FlightId id = lanes_.take_overflow();
    if (id == 0) return;
    overflow(id);
  }
}

// Its endpoint is held up and holds its share, or holds most of the half that such endpoints may hold together.
void Task::overflow(FlightId id) {
  give_up(id, Stage::TaskPut,
          error_of("endpoint.overflow", "its endpoint is in trouble and holds its share of waiting records"));
}

}  // namespace reprise::runtime
