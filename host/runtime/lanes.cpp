#include "host/runtime/lanes.hpp"

#include <iterator>

namespace reprise::runtime {
namespace {
// Fewer idle lanes and endpoints than this are kept, so that a steady set of keys allocates nothing.
constexpr std::size_t kKept = 8192;
}  // namespace

template <class Change>
void Lanes::change(Endpoint& endpoint, Change make_change) {
  const bool was_blocking = is_blocking(endpoint);
  if (endpoint.is_held_up) {
    held_up_.erase({endpoint.held_cost, &endpoint});
    held_up_cost_ -= endpoint.held_cost;
  }
  make_change();
  if (endpoint.is_held_up) {
    held_up_.insert({endpoint.held_cost, &endpoint});
    held_up_cost_ += endpoint.held_cost;
  }
  const bool is_now_blocking = is_blocking(endpoint);
  if (was_blocking && !is_now_blocking) blocking_.erase(&endpoint);
  if (!was_blocking && is_now_blocking) blocking_.insert(&endpoint);
}

// Neighbouring records often go to the same endpoint, and a sink without routes has one only.
Endpoint& Lanes::endpoint_of(std::uint64_t group) {
  if (last_endpoint_ == nullptr || last_endpoint_->group != group) {
    last_endpoint_ = &endpoints_[group];
    last_endpoint_->group = group;
  }
  return *last_endpoint_;
}

// Parked records stand first, the last parked one in front; behind them those that wait, the oldest in front.
const Flight* Lanes::oldest_of(const Endpoint& endpoint) const {
  if (endpoint.held.empty()) return nullptr;
  const Flight& first = flights_.at(endpoint.held.first());
  const Flight& last = flights_.at(endpoint.held.last());
  return first.admitted < last.admitted ? &first : &last;
}

bool Lanes::enter(FlightId id, reprise_route route) {
  Flight& flight = flights_.at(id);
  Endpoint& endpoint = endpoint_of(route.group);
  flight.endpoint = &endpoint;
  ++endpoint.records;
  if (overflows(endpoint) && is_full(endpoint)) return false;
  if (route.order != 0) {
    Lane& lane = lanes_[route.order];
    lane.order = route.order;
    flight.lane = &lane;
    if (lane.is_busy) {
      flight.state = Flight::State::Waiting;
      lane.waiting.push_back(flights_, id);
      hold(id, false);
      return true;
    }
    lane.is_busy = true;
  }
  flight.state = Flight::State::Ready;
  ready_.push_back(id);
  return true;
}

FlightId Lanes::take_overflow() {
  if (held_up_cost_ <= limits_.half() || !overflows(worst_held_up())) return 0;
  const FlightId id = worst_held_up().held.last();
  Flight& flight = flights_.at(id);
  if (flight.state == Flight::State::Parked) {
    take_parked(id);
  } else {
    release(id);
    flight.lane->waiting.remove(flights_, id);
    flight.lane = nullptr;  // its lane does not wait for it
    flight.state = Flight::State::Judged;
  }
  return id;
}

void Lanes::park(FlightId id, BootTime due, bool is_deferred) {
  Flight& flight = flights_.at(id);
  flight.copy_out();
  flight.state = Flight::State::Parked;
  flight.is_deferred = is_deferred;
  flight.due = due;
  flight.park_number = ++parked_ever_;
  hold(id, true);
  parked_.insert({due, flight.park_number, id});
}

void Lanes::unpark(FlightId id) {
  Flight& flight = flights_.at(id);
  parked_.erase({flight.due, flight.park_number, id});
  flight.is_deferred = false;
  release(id);
}

void Lanes::leave(FlightId id) {
  Flight& flight = flights_.at(id);
  if (Endpoint* const endpoint = std::exchange(flight.endpoint, nullptr)) --endpoint->records;
  Lane* const lane = std::exchange(flight.lane, nullptr);
  if (lane == nullptr) return;
  const FlightId next = lane->waiting.first();
  if (next == 0) {
    lane->is_busy = false;
    return;
  }
  lane->waiting.remove(flights_, next);
  release(next);
  flights_.at(next).state = Flight::State::Ready;
  ready_.push_back(next);
}

void Lanes::wake_parked(BootTime now) {
  while (!parked_.empty() && parked_.begin()->due <= now) {
    const FlightId id = parked_.begin()->id;
    unpark(id);
    return_ready(id);
  }
}

std::vector<FlightId> Lanes::parked_since(BootTime time) const {
  std::vector<FlightId> result;
  for (const Due& parked : parked_) {
    const BootTime since = flights_.at(parked.id).waits_since;
    if (since != BootTime{} && since <= time) result.push_back(parked.id);
  }
  return result;
}

void Lanes::take_parked(FlightId id) {
  unpark(id);
  flights_.at(id).state = Flight::State::Judged;
}

FlightId Lanes::wake_for_room() {
  const auto longest = parked_.lower_bound({kWhenThereIsRoom, 0, 0});
  if (longest == parked_.end()) return 0;
  const FlightId id = longest->id;
  unpark(id);
  return_ready(id);
  return id;
}

void Lanes::endpoint_resumed(std::uint64_t group, BootTime now) {
  const auto found = endpoints_.find(group);
  if (found == endpoints_.end()) return;
  Endpoint& endpoint = found->second;
  endpoint.busy_until = now;
  for (FlightId id = endpoint.held.first(); id != 0 && flights_.at(id).state == Flight::State::Parked;) {
    const FlightId next = endpoint.held.after(flights_, id);
    if (flights_.at(id).is_deferred) {
      unpark(id);
      return_ready(id);
    }
    id = next;
  }
}

void Lanes::endpoint_failed(Endpoint& endpoint, BootTime now) {
  change(endpoint, [&] { endpoint.fail(now); });
}

void Lanes::endpoint_succeeded(Endpoint& endpoint, BootTime now, std::chrono::nanoseconds took) {
  if (!endpoint.is_held_up && took < kSlowAnswer) return;
  change(endpoint, [&] { endpoint.succeed(now, took); });
  if (!endpoint.is_held_up) endpoint_resumed(endpoint.group, now);  // nothing of it waits for room any more
}

void Lanes::endpoint_holds_up(Endpoint& endpoint) {
  change(endpoint, [&] { endpoint.is_held_up = true; });
}

void Lanes::add_follower(FlightId id) {
  Flight& flight = flights_.at(id);
  const bool is_held = flight.state == Flight::State::Waiting || flight.state == Flight::State::Parked;
  ++flight.followers;
  if (is_held) change(*flight.endpoint, [&] { flight.endpoint->held_cost += limits_.cost_of(0); });
}

void Lanes::hold(FlightId id, bool is_parked) {
  Flight& flight = flights_.at(id);
  Endpoint& endpoint = *flight.endpoint;
  change(endpoint, [&] {
    endpoint.held_bytes += flight.bytes;
    endpoint.held_cost += cost_of(flight);
    ++endpoint.held_records;
    is_parked ? endpoint.held.push_front(flights_, id) : endpoint.held.push_back(flights_, id);
  });
  held_bytes_ += flight.bytes;
  ++held_records_;
}

void Lanes::release(FlightId id) {
  Flight& flight = flights_.at(id);
  Endpoint& endpoint = *flight.endpoint;
  change(endpoint, [&] {
    endpoint.held_bytes -= flight.bytes;
    endpoint.held_cost -= cost_of(flight);
    --endpoint.held_records;
    endpoint.held.remove(flights_, id);
  });
  held_bytes_ -= flight.bytes;
  --held_records_;
}

void Lanes::tidy(BootTime now, const std::function<void(Endpoint&)>& forgotten) {
  if (lanes_.size() > kKept) std::erase_if(lanes_, [](const auto& entry) { return !entry.second.is_busy; });
  const auto forget_if = [&](auto may_go) {
    last_endpoint_ = nullptr;
    for (auto each = endpoints_.begin(); each != endpoints_.end();) {
      Endpoint& endpoint = each->second;
      const bool goes = endpoint.records == 0 && may_go(endpoint);
      if (goes && held_up_.erase({endpoint.held_cost, &endpoint}) != 0) forgotten(endpoint);
      each = goes ? endpoints_.erase(each) : std::next(each);
    }
  };
  const auto are_many = [this] { return endpoints_.size() > kKept; };
  forget_if([&](const Endpoint& endpoint) { return endpoint.is_held_up && endpoint.is_past(now); });
  if (are_many()) forget_if([&](const Endpoint& endpoint) { return are_many() && !endpoint.is_held_up; });
  if (are_many()) forget_if([&](const Endpoint&) { return are_many(); });
}

void Lanes::clear() {
  ready_.clear();
  parked_.clear();
  lanes_.clear();
  endpoints_.clear();
  blocking_.clear();
  held_up_.clear();
  last_endpoint_ = nullptr;
  held_bytes_ = held_records_ = held_up_cost_ = 0;
}

}  // namespace reprise::runtime
