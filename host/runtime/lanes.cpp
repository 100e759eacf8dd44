#include "host/runtime/lanes.hpp"

#include <algorithm>

namespace reprise::runtime {
namespace {
// Fewer idle lanes than this are kept, so that a steady set of keys allocates nothing.
constexpr std::size_t kKeptLanes = 8192;
}  // namespace

template <class Change>
void Lanes::change(Endpoint& endpoint, Change make_change) {
  const bool was_blocking = is_blocking(endpoint);
  make_change();
  const bool is_now_blocking = is_blocking(endpoint);
  if (was_blocking && !is_now_blocking) --blocking_endpoints_;
  if (!was_blocking && is_now_blocking) ++blocking_endpoints_;
}

// Neighbouring records often go to the same endpoint, and a sink without routes has one only.
Endpoint& Lanes::endpoint_of(std::uint64_t group) {
  if (last_endpoint_ == nullptr || last_endpoint_->group != group) {
    last_endpoint_ = &endpoints_[group];
    last_endpoint_->group = group;
  }
  return *last_endpoint_;
}

bool Lanes::enter(FlightId id, reprise_route route) {
  Flight& flight = flights_.at(id);
  Endpoint& endpoint = endpoint_of(route.group);
  flight.endpoint = &endpoint;
  if (endpoint.parked != 0 && !limits_.is_trouble_blocking && is_full(endpoint)) return false;
  if (route.order != 0) {
    Lane& lane = lanes_[route.order];
    lane.order = route.order;
    flight.lane = &lane;
    if (lane.is_busy) {
      flight.state = Flight::State::Waiting;
      flight.next_in_queue = 0;
      if (lane.last_waiting != 0) {
        flights_.at(lane.last_waiting).next_in_queue = id;
      } else {
        lane.first_waiting = id;
      }
      lane.last_waiting = id;
      hold(flight, false);
      return true;
    }
    lane.is_busy = true;
  }
  flight.state = Flight::State::Ready;
  ready_.push_back(id);
  return true;
}

void Lanes::park(FlightId id, BootTime due, bool is_deferred) {
  Flight& flight = flights_.at(id);
  flight.copy_out();
  flight.state = Flight::State::Parked;
  flight.is_deferred = is_deferred;
  hold(flight, true);
  parked_.push_back({due, id});
  std::push_heap(parked_.begin(), parked_.end());
}

void Lanes::leave(FlightId id) {
  Flight& flight = flights_.at(id);
  Lane* const lane = flight.lane;
  flight.lane = nullptr;
  if (lane == nullptr) return;
  const FlightId next = lane->first_waiting;
  if (next == 0) {
    lane->is_busy = false;
    return;
  }
  Flight& following = flights_.at(next);
  lane->first_waiting = following.next_in_queue;
  if (lane->first_waiting == 0) lane->last_waiting = 0;
  following.next_in_queue = 0;
  release(following, false);
  following.state = Flight::State::Ready;
  ready_.push_back(next);
}

void Lanes::wake_parked(BootTime now) {
  while (!parked_.empty() && parked_.front().due <= now) {
    const FlightId id = parked_.front().id;
    std::pop_heap(parked_.begin(), parked_.end());
    parked_.pop_back();
    Flight& flight = flights_.at(id);
    release(flight, true);
    flight.is_deferred = false;
    flight.state = Flight::State::Ready;
    ready_.push_front(id);
  }
}

void Lanes::endpoint_resumed(std::uint64_t group, BootTime now) {
  for (auto& [number, endpoint] : endpoints_) {
    if (group == 0 || number == group) endpoint.busy_until = now;
  }
  bool is_changed = false;
  for (Due& due : parked_) {
    const Flight& flight = flights_.at(due.id);
    if (flight.is_deferred && (group == 0 || flight.endpoint->group == group) && due.due > now) {
      due.due = now;
      is_changed = true;
    }
  }
  if (is_changed) std::make_heap(parked_.begin(), parked_.end());
}

bool Lanes::is_full(const Endpoint& endpoint) const {
  return static_cast<double>(endpoint.held_bytes) >= static_cast<double>(limits_.max_bytes) * limits_.endpoint_share ||
         (limits_.endpoint_max_records != 0 && endpoint.parked != 0 &&
          endpoint.held_records >= limits_.endpoint_max_records);
}

void Lanes::hold(Flight& flight, bool is_parked) {
  Endpoint& endpoint = *flight.endpoint;
  change(endpoint, [&] {
    endpoint.held_bytes += flight.bytes;
    ++endpoint.held_records;
    if (is_parked) ++endpoint.parked;
  });
  held_bytes_ += flight.bytes;
  ++held_records_;
}

void Lanes::release(Flight& flight, bool was_parked) {
  Endpoint& endpoint = *flight.endpoint;
  change(endpoint, [&] {
    endpoint.held_bytes -= flight.bytes;
    --endpoint.held_records;
    if (was_parked) --endpoint.parked;
  });
  held_bytes_ -= flight.bytes;
  --held_records_;
}

void Lanes::tidy() {
  if (lanes_.size() > kKeptLanes) std::erase_if(lanes_, [](const auto& entry) { return !entry.second.is_busy; });
  // Flights point to endpoints, so these go only when there are none.
  if (endpoints_.size() > kKeptLanes && flights_.live() == 0) {
    endpoints_.clear();
    last_endpoint_ = nullptr;
  }
}

void Lanes::clear() {
  ready_.clear();
  parked_.clear();
  lanes_.clear();
  endpoints_.clear();
  last_endpoint_ = nullptr;
  held_bytes_ = held_records_ = 0;
  blocking_endpoints_ = 0;
}

}  // namespace reprise::runtime
