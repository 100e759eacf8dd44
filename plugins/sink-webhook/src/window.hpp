#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace reprise::webhook {

/// A request that takes longer is late.
constexpr std::int64_t kLateNs = 1'000'000'000;

/// How many requests may be under way. Those that are late (older than a second, or to an endpoint in trouble) count for at most half of
/// the limit, and an endpoint known for that gets no more of it: so the others always have the other half. Who turns late only
/// after it was let in stays beside these, as long as the sum leaves the others their half of twice the limit, or of what the host
/// offers if that is less; beyond it somebody late has to give way. Otherwise those that hang from their first request on would
/// stop all others until they time out. Not thread-safe.
class Window {
 public:
  /// offered: the host never has more under way; 0: it says nothing.
  explicit Window(std::size_t limit, std::uint64_t offered = 0)
      : limit_(limit), half_(std::max<std::size_t>(1, limit / 2)), most_late_(most_late(limit, half_, offered)) {}

  std::size_t size() const { return prompt_ + late_; }
  bool has_room() const { return prompt_ + std::min(late_, half_) < limit_; }
  /// One of them has to give way.
  bool has_too_many_late() const { return late_ > most_late_; }
  /// How many more may be known to be late, as soon as there is room.
  std::size_t room_for_late() const { return late_ < half_ ? half_ - late_ : 0; }

  void add(bool is_late) { ++(is_late ? late_ : prompt_); }
  void turn_late() {
    --prompt_;
    ++late_;
  }
  void remove(bool is_late) { --(is_late ? late_ : prompt_); }

 private:
  static std::size_t most_late(std::size_t limit, std::size_t half, std::uint64_t offered) {
    const std::size_t most = offered == 0 ? 2 * limit : std::min<std::size_t>(2 * limit, offered);
    return std::max(half, most - std::min(most, limit - half));
  }

  const std::size_t limit_, half_, most_late_;
  std::size_t prompt_ = 0, late_ = 0;
};

}  // namespace reprise::webhook
