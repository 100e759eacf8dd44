#pragma once
#include "host/runtime/flight.hpp"

namespace reprise::runtime {

/// Flights in a row, linked through themselves: adding and removing one costs a few writes and no memory. A flight is in at
/// most one list for each of its links. Knows no table of its own, so that a list costs eight bytes.
template <FlightLink Flight::*kLink>
class FlightList {
 public:
  bool empty() const { return first_ == 0; }
  FlightId first() const { return first_; }
  FlightId last() const { return last_; }
  static FlightId after(FlightTable& flights, FlightId id) { return (flights.at(id).*kLink).next; }

  void push_back(FlightTable& flights, FlightId id) {
    flights.at(id).*kLink = {last_, 0};
    (last_ != 0 ? (flights.at(last_).*kLink).next : first_) = id;
    last_ = id;
  }
  void push_front(FlightTable& flights, FlightId id) {
    flights.at(id).*kLink = {0, first_};
    (first_ != 0 ? (flights.at(first_).*kLink).previous : last_) = id;
    first_ = id;
  }
  void remove(FlightTable& flights, FlightId id) {
    FlightLink& link = flights.at(id).*kLink;
    (link.previous != 0 ? (flights.at(link.previous).*kLink).next : first_) = link.next;
    (link.next != 0 ? (flights.at(link.next).*kLink).previous : last_) = link.previous;
    link = {};
  }

 private:
  FlightId first_ = 0;
  FlightId last_ = 0;
};

}  // namespace reprise::runtime
