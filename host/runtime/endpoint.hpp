#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "host/base/clock.hpp"
#include "host/runtime/flight_list.hpp"

namespace reprise::runtime {

/// An answer, or an attempt without one, that takes longer than this is slow: it holds up what waits behind it.
inline constexpr std::chrono::seconds kSlowAnswer{1};

/// What an endpoint did is held against it for no longer than this.
inline constexpr std::chrono::minutes kHeldAgainst{10};

/// What is said of an endpoint that fails; from its first failure to its next success.
struct Trouble {
  std::string name;           ///< the key of its records; "*" if they have several
  std::string kind, message;  ///< of the last failure
  std::int32_t code = 0;
  std::uint32_t failures = 0;
  std::uint64_t dead_letters = 0;
  bool is_said = false;  ///< there was a line in the log
};

/// Where records go, by the number that the sink's route gives it: what it holds in memory (waiting or parked records), and
/// what its answers say of it. Owned by Lanes, which must know of every change: see Lanes::endpoint_*.
///
/// Held up is who holds its records up by its own answers: from a failure, a pause it asked for or a slow answer on, until
/// it has done well again for as long as the trouble lasted, minutes at most. So one that answers well now and then (200
/// after 9.9 s; every second time 429) is held up all the time, and not well for the moment of each good answer. Without
/// records nothing more is learned of it: time alone ends it then, see is_past.
struct Endpoint {
  void fail(BootTime now) {
    if (!is_in_trouble) trouble_since = now;
    last_failure = now;
    is_in_trouble = is_held_up = true;
  }
  void succeed(BootTime now, std::chrono::nanoseconds took) {
    if (is_in_trouble)
      doubted_until =
          std::max(doubted_until, now + std::min<std::chrono::nanoseconds>(now - trouble_since, kHeldAgainst));
    is_in_trouble = false;
    if (took >= kSlowAnswer) {
      doubted_until = std::max(doubted_until, now + took);
      is_held_up = true;
    } else if (now >= doubted_until) {
      is_held_up = false;
    }
  }

  /// REQUIRES: it has no records. What it did is too long ago to be held against those that come.
  bool is_past(BootTime now) const {
    return now >= std::max(busy_until, is_in_trouble ? last_failure + kHeldAgainst : doubted_until);
  }

  std::uint64_t group = 0;
  std::uint64_t held_bytes = 0;
  std::uint64_t held_cost = 0;  ///< what they count for, see HeldLimits
  std::uint32_t held_records = 0;
  std::uint32_t records = 0;              ///< all that have no outcome yet: they point to it
  std::uint32_t faults_in_a_row = 0;      ///< failures that are the endpoint's, without a success between
  FlightList<&Flight::in_endpoint> held;  ///< parked ones first, then those that wait, in the order of their coming
  BootTime busy_until{};                  ///< it asked for a pause, or the sink's limit is reached
  BootTime trouble_since{}, last_failure{};
  BootTime doubted_until{};
  std::unique_ptr<Trouble> trouble;
  bool is_in_trouble = false;  ///< from the first failure to the next success
  bool is_held_up = false;
};

}  // namespace reprise::runtime
