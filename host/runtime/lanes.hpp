#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/base/clock.hpp"
#include "host/runtime/endpoint.hpp"

namespace reprise::runtime {

/// Records of one order go one after another, retries included.
struct Lane {
  std::uint64_t order = 0;
  FlightList<&Flight::in_lane> waiting;
  bool is_busy = false;  ///< one of its records is ready, offered, parked or dead-lettering
};

/// What may be held: waiting and parked records. One number bounds bytes and records alike: a record counts for its bytes,
/// and for no less than its place among max_open is worth (4 KiB with the defaults).
struct HeldLimits {
  std::uint64_t max_bytes = 64ULL << 20;   ///< of all held records: keys, values and headers
  double endpoint_share = 0.10;            ///< of max_bytes and of max_open, for one endpoint
  std::uint32_t endpoint_max_records = 0;  ///< 0: by its share only
  std::uint32_t max_open = 16'384;         ///< records open in a task: bounds the holes above the watermark
  /// An endpoint that is held up and holds its share stops reading, instead of overflowing. Always so for that of group 0:
  /// it is the sink as a whole, and has no neighbours to keep the memory for.
  bool is_trouble_blocking = false;

  std::uint64_t cost_of(std::uint64_t bytes) const {
    return std::max(bytes, (max_bytes + max_open - 1) / std::max(1u, max_open));
  }
  std::uint64_t share() const { return static_cast<std::uint64_t>(static_cast<double>(max_bytes) * endpoint_share); }
  /// For all endpoints together that are held up.
  std::uint64_t half() const { return max_bytes / 2; }
};

/// The queues between the transforms and the sink: which record may be offered now, which waits behind another one of its
/// lane, and which waits for a time. Owned by its task, on the shard's thread.
class Lanes {
 public:
  /// park: no time, but when there is room among what may be under way; those that wait so wake in their order.
  static constexpr BootTime kWhenThereIsRoom = BootTime::max();

  Lanes(FlightTable& flights, HeldLimits limits) : flights_(flights), limits_(limits) {}

  /// A record with its route. True: it is Ready, or Waiting behind its lane. False: its endpoint is held up and holds its
  /// share already; the record has its endpoint, but no place here.
  [[nodiscard]] bool enter(FlightId id, reprise_route route);
  /// While endpoints that are held up hold more than their half: the newest record of the one that holds most, which has no
  /// place here any more. 0: they do not.
  [[nodiscard]] FlightId take_overflow();
  /// Its attempt failed or was deferred: it is offered again at due, its lane waits with it. REQUIRES: it was Offered or Ready.
  void park(FlightId id, BootTime due, bool is_deferred);
  /// Its outcome is final, or it left for the dead letters: the next of its lane becomes Ready.
  void leave(FlightId id);

  /// A copy waits for this record's outcome: it counts for what the record's endpoint holds.
  void add_follower(FlightId id);

  /// Takes the next record to offer; 0 if there is none.
  FlightId take_ready() {
    if (ready_.empty()) return 0;
    const FlightId id = ready_.front();
    ready_.pop_front();
    return id;
  }
  /// Puts back what the sink did not take; give them back in reverse order.
  void return_ready(FlightId id) {
    flights_.at(id).state = Flight::State::Ready;
    ready_.push_front(id);
  }
  std::size_t ready_count() const { return ready_.size(); }

  /// Parked records whose time has come become Ready (at the head: they are the oldest).
  void wake_parked(BootTime now);
  /// Parked records that have waited for their endpoint since this time, or for longer.
  std::vector<FlightId> parked_since(BootTime time) const;
  /// Takes a parked record out, to give it up. It keeps its lane until leave.
  void take_parked(FlightId id);
  /// The record that has waited longest for room becomes Ready; 0 if none does.
  FlightId wake_for_room();
  /// The endpoint can take again: its deferred records need not wait for their time.
  void endpoint_resumed(std::uint64_t group, BootTime now);
  /// When wake_parked has something to do; max() if never.
  BootTime next_due() const { return parked_.empty() ? BootTime::max() : parked_.begin()->due; }

  // What its answers say of an endpoint. REQUIRES: it is one of enter's.
  void endpoint_failed(Endpoint& endpoint, BootTime now);
  void endpoint_succeeded(Endpoint& endpoint, BootTime now, std::chrono::nanoseconds took);
  /// It does not answer for long, or has the sink put its records off.
  void endpoint_holds_up(Endpoint& endpoint);

  /// May another record enter? Not while held records fill their limit, or an endpoint that is not held up fills its share:
  /// it will catch up, and reading on would only fill the memory with its records.
  bool has_room() const {
    return held_bytes_ < limits_.max_bytes && blocking_.empty() && flights_.live() < limits_.max_open &&
           !(held_up_cost_ >= limits_.half() && !held_up_.empty() && !overflows(worst_held_up()));
  }

  std::uint64_t held_bytes() const { return held_bytes_; }
  std::uint64_t held_records() const { return held_records_; }
  std::uint64_t parked_records() const { return parked_.size(); }
  std::size_t endpoint_count() const { return endpoints_.size(); }
  /// Endpoints that stop reading.
  std::size_t blocking_count() const { return blocking_.size(); }
  /// visit(endpoint, its oldest held flight or null) for the endpoints that hold up reading or their records, at most so many: who stops
  /// reading, then who holds most.
  template <class Visit>
  void visit_worst(std::size_t most, Visit visit) const {
    for (auto each = blocking_.begin(); each != blocking_.end() && most != 0; ++each) {
      if ((*each)->is_held_up) continue;
      visit(**each, oldest_of(**each));
      --most;
    }
    for (auto each = held_up_.rbegin(); each != held_up_.rend() && most != 0; ++each, --most)
      visit(*each->second, oldest_of(*each->second));
  }

  /// Forgets idle lanes and endpoints; call once a second or so. forgotten(endpoint) for each of these that was held up.
  void tidy(BootTime now, const std::function<void(Endpoint&)>& forgotten);
  /// Forgets everything: the task ends.
  void clear();

 private:
  struct Due {
    BootTime due;
    std::uint64_t number;  // of its parking: equal times go in this order
    FlightId id;
    friend bool operator<(const Due& a, const Due& b) {
      return std::pair(a.due, a.number) < std::pair(b.due, b.number);
    }
  };
  using ByCost = std::set<std::pair<std::uint64_t, Endpoint*>>;

  bool is_full(const Endpoint& endpoint) const {
    return endpoint.held_cost >= limits_.share() || (limits_.endpoint_max_records != 0 && endpoint.is_held_up &&
                                                     endpoint.held_records >= limits_.endpoint_max_records);
  }
  /// While it is held up, it gives its records away rather than stop reading.
  bool overflows(const Endpoint& endpoint) const {
    return endpoint.is_held_up && !limits_.is_trouble_blocking && endpoint.group != 0;
  }
  bool is_blocking(const Endpoint& endpoint) const { return is_full(endpoint) && !overflows(endpoint); }
  /// Who holds most of those that are held up. REQUIRES: there is one.
  const Endpoint& worst_held_up() const { return *held_up_.rbegin()->second; }
  const Flight* oldest_of(const Endpoint& endpoint) const;
  Endpoint& endpoint_of(std::uint64_t group);
  template <class Change>
  void change(Endpoint& endpoint, Change make_change);
  std::uint64_t cost_of(const Flight& flight) const {
    return limits_.cost_of(flight.bytes) + flight.followers * limits_.cost_of(0);
  }
  void hold(FlightId id, bool is_parked);
  void release(FlightId id);
  void unpark(FlightId id);

  FlightTable& flights_;
  const HeldLimits limits_;
  std::deque<FlightId> ready_;
  std::set<Due> parked_;
  std::uint64_t parked_ever_ = 0;
  std::unordered_map<std::uint64_t, Lane> lanes_;
  std::unordered_map<std::uint64_t, Endpoint> endpoints_;
  Endpoint* last_endpoint_ = nullptr;  // in endpoints_
  std::uint64_t held_bytes_ = 0;
  std::uint64_t held_records_ = 0;
  std::set<const Endpoint*> blocking_;  // those that stop reading
  ByCost held_up_;                      // those that are held up, by what they hold
  std::uint64_t held_up_cost_ = 0;      // of these together
};

}  // namespace reprise::runtime
