#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace reprise::webhook {

/// A request that takes longer is late.
constexpr std::int64_t kLateNs = 1'000'000'000;

/// How many requests may be under way. Those that are late (older than a second, or to an endpoint in trouble) count for at most half of
/// the limit, and an endpoint known for that gets no more of it: so the others always have the other half. Who turns late only
/// after it was let in may bring the sum to twice the limit, once: a request under way cannot be taken back. Not thread-safe.
class Window {
 public:
  explicit Window(std::size_t limit) : limit_(limit), half_(std::max<std::size_t>(1, limit / 2)) {}

  std::size_t size() const { return prompt_ + late_; }
  bool has_room() const { return prompt_ + std::min(late_, half_) < limit_ && size() < 2 * limit_; }
  /// How many more may be known to be late, as soon as there is room.
  std::size_t room_for_late() const { return late_ < half_ ? half_ - late_ : 0; }

  void add(bool is_late) { ++(is_late ? late_ : prompt_); }
  void turn_late() {
    --prompt_;
    ++late_;
  }
  void remove(bool is_late) { --(is_late ? late_ : prompt_); }

 private:
  const std::size_t limit_, half_;
  std::size_t prompt_ = 0, late_ = 0;
};

}  // namespace reprise::webhook
