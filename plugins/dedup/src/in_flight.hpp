#pragma once
#include <cstdint>
#include <vector>

#include "hash.hpp"

namespace reprise::dedup {

/// The records that were let through and have no outcome yet, by content. Small: what is in flight. Not thread-safe.
class InFlight {
 public:
  struct Leader {
    Hash hash;
    std::uint64_t handle = 0;
    std::int64_t offset = 0;
    std::uint32_t slot = 0;
  };

  /// The leader of this content, or null.
  const Leader* find(std::uint32_t slot, const Hash& hash) const noexcept;
  /// A tag, never 0, that names it until it is taken. REQUIRES: find(slot, hash) is null.
  std::uint64_t add(const Leader& leader);
  /// Takes out the leader of this tag; false: there is none (any more).
  bool take(std::uint64_t tag, Leader* leader) noexcept;
  /// Forgets all of a stream.
  void forget(std::uint32_t slot) noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Entry {
    Leader leader;
    std::uint32_t next = kNone;    // in its chain, or in the list of free ones
    std::uint32_t generation = 1;  // so that an old tag does not name a new leader
    bool is_used = false;
  };

  std::size_t chain_of(std::uint32_t slot, const Hash& hash) const noexcept {
    return (hash.low ^ (slot * 0x9E3779B97F4A7C15u)) & (chains_.size() - 1);
  }
  void remove(std::uint32_t index) noexcept;
  void grow();

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> chains_ =
      std::vector<std::uint32_t>(256, kNone);  // a power of two, at least as many as entries
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace reprise::dedup
