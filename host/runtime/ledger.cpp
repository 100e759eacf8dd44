#include "host/runtime/ledger.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace reprise::runtime {
namespace {
std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return to > from ? static_cast<std::uint64_t>(to - from) : 0;
}
}  // namespace

Ledger::Ledger(FlightTable& flights, Checkpoint from)
    : flights_(flights),
      log_id_(std::move(from.log_id)),
      start_(from.start),
      position_(from.position),
      next_(from.watermark()),
      counters_(from.counters),
      print_(from.print),
      consumed_(from.counters.consumed_outcomes() + from.open_count()),
      resumed_(std::move(from.open)) {
  for (const OpenRun& run : resumed_) resumed_open_ += static_cast<std::uint64_t>(run.count);
}

Ledger::Reading Ledger::read(std::int64_t offset, std::int64_t expired_before, std::uint32_t* attempts,
                             std::int64_t* since_s) {
  assert(offset >= next_);
  skip_to(offset, expired_before);
  next_ = offset + 1;
  *attempts = 0;
  if (since_s != nullptr) *since_s = 0;
  if (offset >= position_) {
    position_ = offset + 1;
    ++counters_.read;
    return Reading::New;
  }
  if (resumed_at_ == resumed_.size() || offset < resumed_[resumed_at_].first) return Reading::Final;
  OpenRun& run = resumed_[resumed_at_];
  *attempts = run.attempts;
  if (since_s != nullptr) *since_s = run.since_s;
  --resumed_open_;
  ++run.first;
  if (--run.count == 0) ++resumed_at_;
  return Reading::Again;
}

void Ledger::pass(std::int64_t next, std::int64_t expired_before) {
  if (next > next_) skip_to(next, expired_before);
}

void Ledger::skip_to(std::int64_t offset, std::int64_t expired_before) {
  lose_resumed_below(offset, expired_before);
  if (offset > position_) {
    const std::int64_t expired_end = std::clamp(expired_before, position_, offset);
    counters_.expired += distance(position_, expired_end);
    counters_.gaps += distance(expired_end, offset);
    position_ = offset;
  }
  next_ = offset;
}

// Records that were open in the last life and cannot be read any more: what was counted as read becomes expired or a gap.
void Ledger::lose_resumed_below(std::int64_t offset, std::int64_t expired_before) {
  while (resumed_at_ < resumed_.size() && resumed_[resumed_at_].first < offset) {
    OpenRun& run = resumed_[resumed_at_];
    const std::int64_t end = std::min(run.first + run.count, offset);
    const std::int64_t expired_end = std::clamp(expired_before, run.first, end);
    const std::uint64_t lost = distance(run.first, end);
    counters_.expired += distance(run.first, expired_end);
    counters_.gaps += distance(expired_end, end);
    counters_.read -= lost;
    consumed_ -= lost;
    resumed_open_ -= lost;
    run.count -= end - run.first;
    run.first = end;
    if (run.count == 0) ++resumed_at_;
  }
}

void Ledger::not_selected(Reading reading) {
  if (reading == Reading::Again) --consumed_;  // was wanted in its first life
  ++counters_.not_selected;
}

void Ledger::open(FlightId id, Reading reading) {
  Flight& flight = flights_.at(id);
  assert(newest_ == 0 || flights_.at(newest_).offset < flight.offset);
  flight.older = newest_;
  flight.newer = 0;
  if (newest_ != 0) {
    flights_.at(newest_).newer = id;
  } else {
    oldest_ = id;
  }
  newest_ = id;
  ++open_count_;
  if (reading == Reading::New) ++consumed_;  // one that is read again was counted in its first life
}

void Ledger::settle(FlightId id, Outcome outcome) {
  Flight& flight = flights_.at(id);
  if (flight.older != 0) {
    flights_.at(flight.older).newer = flight.newer;
  } else {
    oldest_ = flight.newer;
  }
  if (flight.newer != 0) {
    flights_.at(flight.newer).older = flight.older;
  } else {
    newest_ = flight.older;
  }
  --open_count_;
  counters_.count(outcome);
  if (outcome == Outcome::Delivered) counters_.delivered_bytes += flight.payload_bytes;
}

std::int64_t Ledger::watermark() const {
  if (oldest_ != 0) return flights_.at(oldest_).offset;
  return resumed_at_ < resumed_.size() ? resumed_[resumed_at_].first : position_;
}

void Ledger::remember(const reprise_record& record) {
  assert(record.offset < watermark());
  print_ = print_of(record);
}

Checkpoint Ledger::checkpoint() const {
  Checkpoint result{
      .log_id = log_id_, .start = start_, .position = position_, .counters = counters_, .open = {}, .print = print_};
  for (FlightId id = oldest_; id != 0;) {
    const Flight& flight = flights_.at(id);
    OpenRun* const last = result.open.empty() ? nullptr : &result.open.back();
    if (last != nullptr && last->first + last->count == flight.offset && last->attempts == flight.attempts &&
        last->since_s == flight.since_s) {
      ++last->count;
    } else {
      result.open.push_back({flight.offset, 1, flight.attempts, flight.since_s});
    }
    id = flight.newer;
  }
  result.open.insert(result.open.end(), resumed_.begin() + static_cast<std::ptrdiff_t>(resumed_at_), resumed_.end());
  return result;
}

std::string Ledger::mismatch() const {
  const auto differ = [](const char* what, std::uint64_t left, std::uint64_t right) {
    return left == right ? std::string()
                         : std::string(what) + ": " + std::to_string(left) + " and " + std::to_string(right);
  };
  std::string text = differ("passed offsets and read + gaps + expired", distance(start_, position_),
                            counters_.read + counters_.gaps + counters_.expired);
  if (text.empty())
    text = differ("read records and not selected + consumed", counters_.read, counters_.not_selected + consumed_);
  if (text.empty())
    text = differ("consumed records and outcomes + in flight", consumed_, counters_.consumed_outcomes() + open_count());
  return text;
}

}  // namespace reprise::runtime
