#pragma once
#include <cstdint>

namespace reprise::dedup {

/// 128 bits that stand for a record's content. Zero is never used: it marks an empty place in a set.
struct Hash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool is_zero() const noexcept { return (low | high) == 0; }
  friend bool operator==(const Hash&, const Hash&) noexcept = default;
};
static_assert(sizeof(Hash) == 16);

}  // namespace reprise::dedup
