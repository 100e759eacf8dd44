#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reprise::runtime {

/// What a record ends as. The numbers are those of the boundary (REPRISE_DELIVERED ...).
enum class Outcome : std::uint8_t {
  Delivered = 1,
  Duplicate = 2,
  Filtered = 3,
  DeadLettered = 4,
  Expired = 5,
  Absorbed = 6
};

constexpr std::string_view name_of(Outcome outcome) {
  constexpr std::array<std::string_view, 7> kNames = {"",        "delivered", "duplicate", "filtered", "dead_lettered",
                                                      "expired", "absorbed"};
  return kNames[static_cast<std::size_t>(outcome)];
}

/// Counts of one stream since the beginning of its generation, durable with the watermark.
struct Counters {
  std::uint64_t read = 0;          ///< records that came out of the source
  std::uint64_t not_selected = 0;  ///< of these, not wanted by the task's selection
  std::uint64_t gaps = 0;          ///< offsets that hold no visible record (control records, cleaned away)
  std::uint64_t expired = 0;       ///< offsets that retention took before they were read
  std::uint64_t delivered = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t filtered = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t absorbed = 0;
  std::uint64_t retries = 0;          ///< attempts beyond the first
  std::uint64_t delivered_bytes = 0;  ///< key and value of delivered records

  std::uint64_t consumed_outcomes() const { return delivered + duplicate + filtered + dead_lettered + absorbed; }
  void count(Outcome outcome) {
    switch (outcome) {
      case Outcome::Delivered:
        ++delivered;
        break;
      case Outcome::Duplicate:
        ++duplicate;
        break;
      case Outcome::Filtered:
        ++filtered;
        break;
      case Outcome::DeadLettered:
        ++dead_lettered;
        break;
      case Outcome::Absorbed:
        ++absorbed;
        break;
      case Outcome::Expired:
        ++expired;
        break;
    }
  }
  void add(const Counters& other) {
    read += other.read;
    not_selected += other.not_selected;
    gaps += other.gaps;
    expired += other.expired;
    delivered += other.delivered;
    duplicate += other.duplicate;
    filtered += other.filtered;
    dead_lettered += other.dead_lettered;
    absorbed += other.absorbed;
    retries += other.retries;
    delivered_bytes += other.delivered_bytes;
  }
  friend bool operator==(const Counters&, const Counters&) = default;
};

}  // namespace reprise::runtime
