#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "host/base/clock.hpp"
#include "host/runtime/flight.hpp"

namespace reprise::runtime {

/// Records of one order go one after another, retries included.
struct Lane {
  std::uint64_t order = 0;
  FlightId first_waiting = 0, last_waiting = 0;
  bool is_busy = false;  ///< one of its records is ready, offered, parked or dead-lettering
};

/// Where records go. Held is what it keeps in memory: waiting or parked records.
struct Endpoint {
  std::uint64_t group = 0;
  std::uint64_t held_bytes = 0;
  std::uint32_t held_records = 0;
  std::uint32_t parked = 0;  ///< of the held ones, those that failed or were deferred: the endpoint is in trouble
  std::uint32_t faults_in_a_row = 0;  ///< failures that are the endpoint's, without a success between
  BootTime busy_until{};
};

struct HeldLimits {
  std::uint64_t max_bytes = 64ULL << 20;   ///< of all held records
  double endpoint_share = 0.10;            ///< of max_bytes, for one endpoint
  std::uint32_t endpoint_max_records = 0;  ///< 0: by bytes only
  std::uint32_t max_open = 16'384;         ///< records open in a task: bounds the holes above the watermark
  bool is_trouble_blocking =
      false;  ///< an endpoint in trouble that holds its share stops reading, instead of overflowing
};

/// The queues between the transforms and the sink: which record may be offered now, which waits behind another one of its
/// lane, and which waits for a time. Owned by its task, on the shard's thread.
class Lanes {
 public:
  Lanes(FlightTable& flights, HeldLimits limits) : flights_(flights), limits_(limits) {}

  /// A record with its route. True: it is Ready, or Waiting behind its lane. False: its endpoint is in trouble and holds its
  /// share already; the record has its endpoint, but no place here.
  [[nodiscard]] bool enter(FlightId id, reprise_route route);
  /// Its attempt failed or was deferred: it is offered again at due, its lane waits with it. REQUIRES: it was Offered or Ready.
  void park(FlightId id, BootTime due, bool is_deferred);
  /// Its outcome is final, or it left for the dead letters: the next of its lane becomes Ready.
  void leave(FlightId id);

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
  /// The endpoint can take again: its deferred records need not wait for their time. group 0: all endpoints.
  void endpoint_resumed(std::uint64_t group, BootTime now);
  /// When wake_parked has something to do; max() if never.
  BootTime next_due() const { return parked_.empty() ? BootTime::max() : parked_.front().due; }

  /// May another record enter? Not while held records fill their limit, or a healthy endpoint fills its share: it will
  /// catch up, and reading on would only fill the memory with its records.
  bool has_room() const {
    return held_bytes_ < limits_.max_bytes && blocking_endpoints_ == 0 && flights_.live() < limits_.max_open;
  }

  std::uint64_t held_bytes() const { return held_bytes_; }
  std::uint64_t held_records() const { return held_records_; }
  std::uint64_t parked_records() const { return parked_.size(); }

  /// Forgets idle lanes and endpoints; call once a second or so.
  void tidy();
  /// Forgets everything: the task ends.
  void clear();

 private:
  struct Due {
    BootTime due;
    FlightId id;
    friend bool operator<(const Due& a, const Due& b) { return b.due < a.due; }  // a heap with the earliest in front
  };

  bool is_full(const Endpoint& endpoint) const;
  bool is_blocking(const Endpoint& endpoint) const {
    return is_full(endpoint) && (endpoint.parked == 0 || limits_.is_trouble_blocking);
  }
  Endpoint& endpoint_of(std::uint64_t group);
  template <class Change>
  void change(Endpoint& endpoint, Change make_change);
  void hold(Flight& flight, bool is_parked);
  void release(Flight& flight, bool was_parked);

  FlightTable& flights_;
  const HeldLimits limits_;
  std::deque<FlightId> ready_;
  std::vector<Due> parked_;
  std::unordered_map<std::uint64_t, Lane> lanes_;
  std::unordered_map<std::uint64_t, Endpoint> endpoints_;
  Endpoint* last_endpoint_ = nullptr;  // in endpoints_
  std::uint64_t held_bytes_ = 0;
  std::uint64_t held_records_ = 0;
  std::uint32_t blocking_endpoints_ = 0;
};

}  // namespace reprise::runtime
