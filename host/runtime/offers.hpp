#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "host/runtime/endpoint.hpp"

namespace reprise::runtime {

/// What the sink has, by how it holds up the others: a record whose endpoint is held up, or that the sink has had for longer
/// than a second, is slow, and slow ones together may take no more than half of what may be under way. So those that are
/// well always have the other half. Owned by its task, on the shard's thread.
class Offers {
 public:
  explicit Offers(FlightTable& flights) : flights_(flights) {}

  void add(FlightId id, BootTime now) {
    Flight& flight = flights_.at(id);
    flight.offered = now - excused_;
    flight.is_slow = flight.endpoint->is_held_up;
    if (flight.is_slow) {
      add_slow(id);
    } else {
      quick_.push_back(flights_, id);
    }
  }
  void remove(FlightId id) {
    Flight& flight = flights_.at(id);
    if (!flight.is_slow) return quick_.remove(flights_, id);
    slow_.remove(flights_, id);
    --slow_count_;
    slow_bytes_ -= flight.bytes;
  }
  /// Those that the sink has had for long become slow, and told(endpoint) is called for each.
  template <class Tell>
  void grow_old(BootTime now, Tell told) {
    while (!quick_.empty() && age_of(flights_.at(quick_.first()), now) >= kSlowAnswer) {
      const FlightId id = quick_.first();
      quick_.remove(flights_, id);
      flights_.at(id).is_slow = true;
      add_slow(id);
      told(*flights_.at(id).endpoint);
    }
  }
  /// One of these bytes, of an endpoint that is held up, beside the others: count and bytes are the limits of all offers.
  bool has_slow_room(std::uint64_t bytes, std::uint64_t max_count, std::uint64_t max_bytes) const {
    return slow_count_ == 0 || (slow_count_ + 1 <= max_count / 2 && slow_bytes_ + bytes <= max_bytes / 2);
  }
  /// So many more of endpoints that are held up, by their number.
  std::uint64_t slow_room(std::uint64_t max_count) const {
    const std::uint64_t most = std::max<std::uint64_t>(1, max_count / 2);
    return most - std::min(most, slow_count_);
  }
  /// How long the sink has had it.
  std::chrono::nanoseconds age_of(const Flight& flight, BootTime now) const { return now - excused_ - flight.offered; }
  /// This process stood still for so long (a paused machine): nobody is to blame for that time.
  void excuse(std::chrono::nanoseconds time) { excused_ += time; }
  void clear() {
    quick_ = slow_ = {};
    slow_count_ = slow_bytes_ = 0;
  }

 private:
  void add_slow(FlightId id) {
    slow_.push_back(flights_, id);
    ++slow_count_;
    slow_bytes_ += flights_.at(id).bytes;
  }

  FlightTable& flights_;
  FlightList<&Flight::in_endpoint> quick_,
      slow_;  // in the order of their offering; the link is free while they are offered
  std::uint64_t slow_count_ = 0;
  std::uint64_t slow_bytes_ = 0;
  std::chrono::nanoseconds excused_{0};
};

}  // namespace reprise::runtime
