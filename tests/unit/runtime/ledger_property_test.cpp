#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "host/runtime/ledger.hpp"

// The ledger against a model that keeps each offset's fate in a map.

namespace reprise::runtime {
namespace {

enum class Place : std::uint8_t { Gap, Expired, NotSelected, Open, Settled };

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {}

  void run() {
    open_ledger();
    for (int step = 0; step < 400; ++step) {
      switch (pick(5)) {
        case 0:
        case 1:
          read_batch();
          break;
        case 2:
        case 3:
          settle_some();
          break;
        default:
          if (pick(4) == 0) crash();
      }
      check();
    }
  }

 private:
  static constexpr std::int64_t kStart = 100;

  unsigned pick(unsigned below) { return static_cast<unsigned>(random_()) % below; }

  void open_ledger() {
    flights_ = std::make_unique<FlightTable>();
    ledger_ = std::make_unique<Ledger>(*flights_, stored_);
    ids_.clear();
  }

  // What a source gives: some records of the next offsets; the rest are gaps, or expired below some offset.
  void read_batch() {
    const std::int64_t begin = ledger_->next_offset();
    const std::int64_t end = begin + 1 + pick(12);
    const std::int64_t expired_before = pick(3) == 0 ? begin + pick(8) : -1;
    for (std::int64_t offset = begin; offset < end; ++offset) {
      const bool was_read = places_.contains(offset);
      const bool exists =
          offset >= expired_before &&
          (was_read ? places_[offset] != Place::Gap && places_[offset] != Place::Expired : pick(4) != 0);
      const bool has_vanished = was_read && pick(8) == 0;  // compaction between two lives
      if (!exists || has_vanished) continue;
      read(offset, expired_before);
    }
    lose(end, expired_before);
    ledger_->pass(end, expired_before);
    REQUIRE(ledger_->next_offset() == end);
  }

  void read(std::int64_t offset, std::int64_t expired_before) {
    lose(offset, expired_before);
    std::uint32_t attempts = 0;

    const auto reading = ledger_->read(offset, expired_before, &attempts);

    const auto known = places_.find(offset);
    if (known == places_.end()) {
      REQUIRE(reading == Ledger::Reading::New);
      REQUIRE(attempts == 0);
    } else if (known->second == Place::Open) {
      REQUIRE(reading == Ledger::Reading::Again);
      REQUIRE(attempts == attempts_[offset]);
    } else {
      REQUIRE(reading == Ledger::Reading::Final);
      seen_to_ = offset + 1;
      return;
    }
    seen_to_ = offset + 1;
    if (pick(4) == 0) {
      ledger_->not_selected(reading);
      places_[offset] = Place::NotSelected;
      return;
    }
    const FlightId id = flights_->take();
    Flight& flight = flights_->at(id);
    flight.state = Flight::State::Ready;
    flight.offset = offset;
    flight.attempts = attempts;
    flight.payload_bytes = 10;
    ledger_->open(id, reading);
    places_[offset] = Place::Open;
    ids_[offset] = id;
  }

  // Between what was seen last and `to` there is no record: new offsets, and those that were open in an earlier life.
  void lose(std::int64_t to, std::int64_t expired_before) {
    for (std::int64_t offset = seen_to_; offset < to; ++offset) {
      const auto known = places_.find(offset);
      if (known != places_.end() && known->second != Place::Open) continue;
      places_[offset] = offset < expired_before ? Place::Expired : Place::Gap;
    }
    seen_to_ = std::max(seen_to_, to);
  }

  void settle_some() {
    for (unsigned count = pick(6); count > 0 && !ids_.empty(); --count) {
      auto at = ids_.begin();
      std::advance(at, pick(static_cast<unsigned>(ids_.size())));
      if (pick(3) == 0) {
        attempts_[at->first] = ++flights_->at(at->second).attempts;
        continue;
      }
      const auto outcome = static_cast<Outcome>(1 + pick(4));
      ledger_->settle(at->second, outcome);
      flights_->give_back(at->second);
      places_[at->first] = Place::Settled;
      expected_.count(outcome);
      if (outcome == Outcome::Delivered) expected_.delivered_bytes += 10;
      ids_.erase(at);
    }
  }

  void crash() {
    const auto decoded = Checkpoint::decode(ledger_->checkpoint().encode());
    REQUIRE(decoded.ok());
    REQUIRE(*decoded == ledger_->checkpoint());
    stored_ = *decoded;
    open_ledger();
    REQUIRE(ledger_->checkpoint() == stored_);
    REQUIRE(ledger_->next_offset() == stored_.watermark());
    seen_to_ = ledger_->next_offset();
  }

  void check() {
    Counters expected = expected_;
    std::int64_t position = kStart, watermark = -1;
    std::uint64_t open = 0;
    for (const auto& [offset, place] : places_) {
      position = offset + 1;
      if (place == Place::Open && watermark < 0) watermark = offset;
      if (place == Place::Open) ++open;
      if (place == Place::NotSelected) ++expected.not_selected;
      ++(place == Place::Gap ? expected.gaps : place == Place::Expired ? expected.expired : expected.read);
    }
    REQUIRE(ledger_->mismatch() == "");
    REQUIRE(ledger_->counters() == expected);
    REQUIRE(ledger_->position() == position);
    REQUIRE(ledger_->watermark() == (watermark < 0 ? position : watermark));
    REQUIRE(ledger_->open_count() == open);
    REQUIRE(ledger_->watermark() >= last_watermark_);
    last_watermark_ = ledger_->watermark();
    std::vector<OpenRun> runs = ledger_->checkpoint().open;
    auto run = runs.begin();
    for (const auto& [offset, place] : places_) {
      if (place != Place::Open) continue;
      REQUIRE(run != runs.end());
      REQUIRE(run->first == offset);
      REQUIRE(run->attempts == (attempts_.contains(offset) ? attempts_[offset] : 0));
      ++run->first;
      if (--run->count == 0) ++run;
    }
    REQUIRE(run == runs.end());
  }

  std::mt19937 random_;
  Checkpoint stored_{.log_id = "log", .start = kStart, .position = kStart, .counters = {}, .open = {}};
  std::unique_ptr<FlightTable> flights_;
  std::unique_ptr<Ledger> ledger_;
  std::map<std::int64_t, Place> places_;
  std::map<std::int64_t, std::uint32_t> attempts_;
  std::map<std::int64_t, FlightId> ids_;
  std::int64_t seen_to_ = kStart;
  std::int64_t last_watermark_ = kStart;
  Counters expected_;
};

}  // namespace

TEST_CASE("The ledger agrees with a simple model over gaps, expired records, selection and crashes",
          "[runtime][ledger][one-thread]") {
  const unsigned seed = GENERATE(range(1u, 101u));
  CAPTURE(seed);
  Model(seed).run();
}

TEST_CASE("The watermark passes only over a settled prefix", "[runtime][ledger][one-thread]") {
  FlightTable flights;
  Ledger ledger(flights, {.log_id = {}, .start = 10, .position = 10, .counters = {}, .open = {}});
  std::vector<FlightId> ids;
  std::uint32_t attempts = 0;
  for (std::int64_t offset = 10; offset < 13; ++offset) {
    const FlightId id = flights.take();
    flights.at(id).state = Flight::State::Ready;
    flights.at(id).offset = offset;
    ledger.open(id, ledger.read(offset, -1, &attempts));
    ids.push_back(id);
  }

  ledger.settle(ids[1], Outcome::Delivered);
  CHECK(ledger.watermark() == 10);
  CHECK(ledger.checkpoint().open == std::vector<OpenRun>{{10, 1, 0}, {12, 1, 0}});
  ledger.settle(ids[0], Outcome::Duplicate);
  CHECK(ledger.watermark() == 12);
  ledger.settle(ids[2], Outcome::Filtered);
  CHECK(ledger.watermark() == 13);
}

TEST_CASE("A wrong account is named", "[runtime][ledger][one-thread]") {
  FlightTable flights;
  const Checkpoint wrong{.log_id = {}, .start = 0, .position = 5, .counters = {.read = 4}, .open = {}};

  const Ledger ledger(flights, wrong);

  CHECK(ledger.mismatch() == "passed offsets and read + gaps + expired: 5 and 4");
}

}  // namespace reprise::runtime
