#include "host/runtime/lanes.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <random>
#include <string>

#include "host/runtime/record.hpp"

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;

/// Flights of 100 bytes each, told apart by their offset.
class Setup {
 public:
  explicit Setup(HeldLimits limits = {}) : lanes(flights, limits) {}

  FlightId make() {
    const FlightId id = flights.take();
    Flight& flight = flights.at(id);
    flight.state = Flight::State::Judged;
    flight.offset = next_offset_++;
    flight.bytes = 100;
    record_.value = bytes_of("v");
    flight.record = &record_;
    return id;
  }
  /// A new record with this order, to this endpoint.
  FlightId enter(std::uint64_t order, std::uint64_t group = 1) {
    const FlightId id = make();
    REQUIRE(lanes.enter(id, {.order = order, .group = group}));
    return id;
  }
  FlightId offer() {
    const FlightId id = lanes.take_ready();
    if (id != 0) flights.at(id).state = Flight::State::Offered;
    return id;
  }
  /// Its attempt failed.
  void fail(FlightId id, BootTime now, BootTime due) {
    lanes.endpoint_failed(*flights.at(id).endpoint, now);
    lanes.park(id, due, false);
  }
  void succeed(FlightId id, BootTime now) {
    lanes.endpoint_succeeded(*flights.at(id).endpoint, now, 1ms);
    finish(id);
  }
  void finish(FlightId id) {
    lanes.leave(id);
    flights.give_back(id);
  }

  FlightTable flights;
  Lanes lanes;

 private:
  reprise_record record_{};
  std::int64_t next_offset_ = 0;
};

constexpr BootTime at(std::chrono::milliseconds time) { return BootTime{} + time; }

}  // namespace

TEST_CASE("Records of one order go one after another, in their order", "[runtime][lanes]") {
  Setup s;
  const FlightId first = s.enter(5), second = s.enter(5), other = s.enter(6), third = s.enter(5);

  CHECK(s.offer() == first);
  CHECK(s.offer() == other);
  CHECK(s.offer() == 0);
  CHECK(s.lanes.held_records() == 2);
  CHECK(s.lanes.held_bytes() == 200);
  s.finish(first);
  CHECK(s.offer() == second);
  CHECK(s.offer() == 0);
  s.finish(second);
  CHECK(s.offer() == third);
  CHECK(s.lanes.held_records() == 0);
}

TEST_CASE("Records without an order do not wait for each other", "[runtime][lanes]") {
  Setup s;
  const FlightId first = s.enter(0), second = s.enter(0);

  CHECK(s.offer() == first);
  CHECK(s.offer() == second);
}

TEST_CASE("What a sink did not take comes back in its place", "[runtime][lanes]") {
  Setup s;
  const FlightId a = s.enter(0), b = s.enter(0), c = s.enter(0);
  REQUIRE(s.offer() == a);
  REQUIRE(s.offer() == b);

  s.lanes.return_ready(b);
  s.lanes.return_ready(a);

  CHECK(s.offer() == a);
  CHECK(s.offer() == b);
  CHECK(s.offer() == c);
}

TEST_CASE("A parked record holds its lane until its time", "[runtime][lanes]") {
  Setup s;
  const FlightId first = s.enter(5), second = s.enter(5), free = s.enter(0);
  REQUIRE(s.offer() == first);

  s.lanes.park(first, at(100ms), false);

  CHECK(s.lanes.next_due() == at(100ms));
  CHECK(s.offer() == free);
  s.lanes.wake_parked(at(99ms));
  CHECK(s.offer() == 0);
  s.lanes.wake_parked(at(100ms));
  CHECK(s.lanes.next_due() == BootTime::max());
  CHECK(s.offer() == first);
  s.finish(first);
  CHECK(s.offer() == second);
}

TEST_CASE("A parked record has memory of its own", "[runtime][lanes]") {
  Setup s;
  const FlightId id = s.enter(0);
  REQUIRE(s.offer() == id);
  const reprise_record* const lent = s.flights.at(id).record;

  s.lanes.park(id, at(1ms), false);

  CHECK(s.flights.at(id).record != lent);
  CHECK(view(s.flights.at(id).record->value) == "v");
}

TEST_CASE("Parked records wake earliest first, whatever the order of their parking", "[runtime][lanes]") {
  Setup s;
  const FlightId a = s.enter(0), b = s.enter(0), c = s.enter(0);
  for (int i = 0; i < 3; ++i) s.offer();
  s.lanes.park(a, at(30ms), false);
  s.lanes.park(b, at(10ms), false);
  s.lanes.park(c, at(20ms), false);

  s.lanes.wake_parked(at(10ms));
  CHECK(s.offer() == b);
  s.lanes.wake_parked(at(20ms));
  CHECK(s.offer() == c);
  s.lanes.wake_parked(at(30ms));
  CHECK(s.offer() == a);
}

TEST_CASE("An endpoint that can take again wakes its deferred records only", "[runtime][lanes]") {
  Setup s;
  const FlightId deferred = s.enter(0, 1), failed = s.enter(0, 1), elsewhere = s.enter(0, 2);
  for (int i = 0; i < 3; ++i) s.offer();
  s.lanes.park(deferred, at(5s), true);
  s.lanes.park(failed, at(5s), false);
  s.lanes.park(elsewhere, at(5s), true);
  s.flights.at(deferred).endpoint->busy_until = at(5s);

  s.lanes.endpoint_resumed(1, at(1s));
  s.lanes.wake_parked(at(1s));
  CHECK(s.offer() == deferred);
  CHECK(s.flights.at(deferred).endpoint->busy_until == at(1s));
  CHECK(s.offer() == 0);
  s.lanes.endpoint_resumed(2, at(2s));
  s.lanes.wake_parked(at(2s));
  CHECK(s.offer() == elsewhere);
  CHECK(s.offer() == 0);
}

TEST_CASE("A healthy endpoint that holds its share stops reading until it has caught up", "[runtime][lanes]") {
  Setup s({.max_bytes = 10'000, .endpoint_share = 0.05});
  const FlightId first = s.enter(5);
  for (int i = 0; i < 4; ++i) s.enter(5);
  CHECK(s.lanes.has_room());

  s.enter(5);  // 500 bytes wait
  CHECK_FALSE(s.lanes.has_room());
  REQUIRE(s.offer() == first);
  s.finish(first);
  CHECK(s.lanes.has_room());
}

TEST_CASE("An endpoint in trouble that holds its share has no place for more", "[runtime][lanes]") {
  Setup s({.max_bytes = 10'000, .endpoint_share = 0.05});
  const FlightId first = s.enter(5);
  for (int i = 0; i < 4; ++i) s.enter(5);
  REQUIRE(s.offer() == first);
  s.fail(first, at(0s), at(1s));
  CHECK(s.lanes.has_room());  // the others go on

  const FlightId refused = s.make();
  CHECK_FALSE(s.lanes.enter(refused, {.order = 5, .group = 1}));
  CHECK(s.flights.at(refused).endpoint != nullptr);
  const FlightId elsewhere = s.enter(6, 2);
  CHECK(s.offer() == elsewhere);

  s.lanes.wake_parked(at(1s));
  REQUIRE(s.offer() == first);
  s.enter(5);                                                     // in the place of the first, which is under way
  CHECK_FALSE(s.lanes.enter(refused, {.order = 5, .group = 1}));  // what the answer will be, nobody knows
  CHECK(s.lanes.has_room());
  s.succeed(first, at(1s));
  s.enter(5);
  CHECK_FALSE(s.lanes.enter(refused, {.order = 5, .group = 1}));  // one good answer is not much
  CHECK(s.lanes.has_room());
  s.succeed(s.offer(), at(2s));
  CHECK(s.lanes.enter(refused, {.order = 5, .group = 1}));
  CHECK_FALSE(s.lanes.has_room());  // it will catch up
}

TEST_CASE("An endpoint in trouble may block instead", "[runtime][lanes]") {
  Setup s({.max_bytes = 10'000, .endpoint_share = 0.05, .endpoint_max_records = 2, .is_trouble_blocking = true});
  const FlightId first = s.enter(5);
  s.enter(5);
  REQUIRE(s.offer() == first);

  s.fail(first, at(0s), at(1s));  // two are held, which is its limit
  CHECK_FALSE(s.lanes.has_room());
  s.enter(5);  // what was read already still has a place
  s.lanes.wake_parked(at(1s));
  REQUIRE(s.offer() == first);
  s.succeed(first, at(2s));
  s.succeed(s.offer(), at(4s));
  CHECK(s.lanes.has_room());
}

TEST_CASE("What waits for room wakes in its order, and one by one", "[runtime][lanes]") {
  Setup s;
  const FlightId a = s.enter(0, 1), b = s.enter(0, 2), c = s.enter(0, 1);
  for (int i = 0; i < 3; ++i) s.offer();
  for (const FlightId id : {b, c, a}) s.lanes.park(id, Lanes::kWhenThereIsRoom, true);

  s.lanes.wake_parked(at(1h));
  CHECK(s.offer() == 0);
  for (const FlightId id : {b, c, a}) {
    CHECK(s.lanes.wake_for_room() == id);
    CHECK(s.offer() == id);
  }
  CHECK(s.lanes.wake_for_room() == 0);
}

TEST_CASE("What has no place leaves its lane in order", "[runtime][lanes]") {
  Setup s({.max_bytes = 1000, .endpoint_share = 0.4});
  const FlightId first = s.enter(5, 1), second = s.enter(5, 1), third = s.enter(5, 1);
  const FlightId other = s.enter(0, 2);
  REQUIRE(s.offer() == first);
  REQUIRE(s.offer() == other);
  s.fail(first, at(0s), at(1s));
  s.fail(other, at(0s), at(1s));
  CHECK(s.lanes.take_overflow() == 0);
  s.enter(5, 1);
  const FlightId lone = s.enter(0, 2);
  REQUIRE(s.offer() == lone);
  s.fail(lone, at(0s), at(1s));  // 600 bytes of 1000: four of endpoint 1, two of endpoint 2

  const FlightId gone = s.lanes.take_overflow();

  CHECK(s.flights.at(gone).offset == 4);  // the newest of who holds most
  s.finish(gone);
  CHECK(s.lanes.take_overflow() == 0);
  s.lanes.wake_parked(at(1s));
  for (FlightId id = s.offer(); id != first; id = s.offer()) REQUIRE(id != 0);
  s.succeed(first, at(1s));
  CHECK(s.offer() == second);
  s.succeed(second, at(1s));
  CHECK(s.offer() == third);
  s.succeed(third, at(1s));
  CHECK(s.offer() == 0);
}

TEST_CASE("That one endpoint can take again costs the same beside any number of others", "[runtime][lanes]") {
  const auto cost_beside = [](unsigned others) {
    Setup s;
    for (unsigned i = 1; i <= others; ++i) {
      const FlightId id = s.enter(0, i);
      s.offer();
      s.lanes.park(id, at(1h), true);
    }
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) {
      s.lanes.endpoint_resumed(7, at(1s));
      s.lanes.wake_parked(at(1s));
      s.lanes.park(s.offer(), at(1h), true);
    }
    return std::chrono::steady_clock::now() - begin;
  };

  const auto few = std::min({cost_beside(50), cost_beside(50), cost_beside(50)});
  const auto many = std::min({cost_beside(50'000), cost_beside(50'000), cost_beside(50'000)});

  CAPTURE(few.count(), many.count());
  CHECK(many < 20 * few);
}

TEST_CASE("An endpoint without records is forgotten when what it did is past", "[runtime][lanes]") {
  Setup s;
  const FlightId waits = s.enter(0, 1), gone = s.enter(0, 2), asks = s.enter(0, 3), well = s.enter(0, 4);
  for (int i = 0; i < 4; ++i) s.offer();
  s.flights.at(asks).endpoint->busy_until = at(1h);
  for (const FlightId id : {gone, asks}) {
    s.lanes.endpoint_failed(*s.flights.at(id).endpoint, at(0s));
    s.finish(id);
  }
  s.fail(waits, at(0s), at(24h));
  s.finish(well);
  int forgotten = 0;
  const auto left_at = [&](std::chrono::milliseconds time) {
    s.lanes.tidy(at(time), [&](const Endpoint&) { ++forgotten; });
    return s.lanes.endpoint_count();
  };

  CHECK(left_at(9min) == 4);
  CHECK(left_at(10min) == 3);
  CHECK(left_at(1h) == 2);  // the one that is well, and the one with a record
  CHECK(forgotten == 2);
}

TEST_CASE("Open records are bounded by their number", "[runtime][lanes]") {
  Setup s({.max_open = 3});
  s.enter(0);
  s.enter(0);
  CHECK(s.lanes.has_room());

  const FlightId third = s.enter(0);

  CHECK_FALSE(s.lanes.has_room());
  s.finish(third);
  CHECK(s.lanes.has_room());
}

TEST_CASE("Whatever happens, each order keeps its order and the accounts return to zero", "[runtime][lanes][one-thread]") {
  std::mt19937 engine(1);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(engine()) % below; };
  for (int round = 0; round < 50; ++round) {
    Setup s({.max_bytes = 3000, .endpoint_share = 0.3, .is_trouble_blocking = pick(2) == 0});
    std::vector<FlightId> offered;
    std::map<std::uint64_t, std::int64_t> last;
    BootTime now = at(0ms);
    const auto end_one = [&](std::size_t index) {
      const FlightId id = offered[index];
      offered.erase(offered.begin() + static_cast<std::ptrdiff_t>(index));
      s.finish(id);
    };
    for (int step = 0; step < 2000; ++step) {
      now = now + std::chrono::milliseconds(pick(3));
      s.lanes.wake_parked(now);
      if (step < 1500 && s.lanes.has_room() && pick(2) == 0) {
        const std::uint64_t order = pick(6);
        const FlightId id = s.make();
        if (!s.lanes.enter(id, {.order = order, .group = order % 3})) s.finish(id);
      }
      if (const FlightId id = s.offer(); id != 0) {
        offered.push_back(id);
        const Flight& flight = s.flights.at(id);
        if (flight.lane != nullptr) {
          for (const FlightId other : offered) REQUIRE((other == id || s.flights.at(other).lane != flight.lane));
          REQUIRE(flight.offset >= last[flight.lane->order]);
          last[flight.lane->order] = flight.offset;
        }
      }
      if (!offered.empty() && pick(2) == 0) {
        const std::size_t index = pick(static_cast<unsigned>(offered.size()));
        if (step < 1500 && pick(2) == 0) {
          const bool is_deferred = pick(2) == 0;
          if (!is_deferred) s.lanes.endpoint_failed(*s.flights.at(offered[index]).endpoint, now);
          const BootTime due =
              is_deferred && pick(3) == 0 ? Lanes::kWhenThereIsRoom : now + std::chrono::milliseconds(pick(20));
          s.lanes.park(offered[index], due, is_deferred);
          offered.erase(offered.begin() + static_cast<std::ptrdiff_t>(index));
        } else {
          s.lanes.endpoint_succeeded(*s.flights.at(offered[index]).endpoint, now,
                                     std::chrono::milliseconds(pick(1100)));
          end_one(index);
        }
      }
      while (const FlightId id = s.lanes.take_overflow()) s.finish(id);
      if (pick(10) == 0) s.lanes.wake_for_room();
      if (pick(50) == 0) s.lanes.endpoint_resumed(pick(3), now);
    }
    for (BootTime later = now + 1s; s.flights.live() != 0;) {
      s.lanes.wake_parked(later);
      while (s.lanes.wake_for_room() != 0) {
      }
      while (const FlightId id = s.offer()) offered.push_back(id);
      REQUIRE_FALSE(offered.empty());
      while (!offered.empty()) end_one(0);
    }
    REQUIRE(s.lanes.held_bytes() == 0);
    REQUIRE(s.lanes.held_records() == 0);
    REQUIRE(s.lanes.parked_records() == 0);
    REQUIRE(s.lanes.has_room());  // no endpoint is counted as blocking
  }
}

}  // namespace reprise::runtime
