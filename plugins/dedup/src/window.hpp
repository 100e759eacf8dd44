#pragma once
#include <reprise/state.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hash.hpp"
#include "hash_set.hpp"

namespace reprise::dedup {

/// How long and how much a window remembers.
struct WindowLimits {
  std::optional<std::int64_t> retention_ms;  ///< none: for ever
  std::size_t bucket_bytes = 32 << 20;       ///< memory of one bucket, beyond which the next begins
};

/// What one stream remembers: hashes in buckets of time (an eighth of the retention each), in memory as exact sets, durable as a
/// packed log. State keys: 'b', the bucket (8 bytes, big endian: wall ms when it began), the block (4 bytes); a value is up to
/// 512 hashes of 16 bytes. 'e': wall ms up to which marks were evicted, as text. Owned by one instance; not thread-safe.
class Window {
 public:
  explicit Window(const WindowLimits& limits) : limits_(limits) {}

  bool contains(const Hash& hash) const noexcept {
    for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket) {
      if (bucket->set.contains(hash)) {
        return true;
      }
    }
    return false;
  }
  void prefetch(const Hash& hash) const noexcept {
    for (const Bucket& bucket : buckets_) {
      bucket.set.prefetch(hash);
    }
  }
  /// Marks it now. Durable after flush and the commit that this call of the plugin belongs to. REQUIRES: !contains(hash)
  void insert(const Hash& hash, std::int64_t now_ms);
  /// Drops the buckets that are past the retention. Returns how many.
  std::size_t expire(std::int64_t now_ms);
  /// Drops the oldest bucket for want of memory. REQUIRES: not empty.
  void evict(std::int64_t now_ms);
  /// Writes what changed since the last flush, in order.
  void flush(const State& state);

  /// One entry of the state, in ascending order of the keys. Fatal if it is none of ours.
  Result<> load(std::string_view key, std::string_view value, std::int64_t now_ms);

  bool empty() const noexcept { return buckets_.empty(); }
  /// Wall ms when the oldest bucket began. REQUIRES: not empty.
  std::int64_t oldest_ms() const noexcept { return buckets_.front().began_ms; }
  std::size_t bytes() const noexcept;
  std::size_t entries() const noexcept;
  /// Marks before this wall time were evicted; 0: none were.
  std::int64_t evicted_until_ms() const noexcept { return evicted_until_ms_; }

 private:
  struct Bucket {
    std::int64_t began_ms = 0;  // its name as well: strictly ascending
    HashSet set;
  };
  struct Change {
    std::int32_t op;
    std::string key;
    std::string value;
  };

  std::int64_t width_ms() const noexcept { return *limits_.retention_ms / 8; }
  bool is_expired(std::int64_t began_ms, std::int64_t now_ms) const noexcept;
  bool needs_bucket(std::int64_t now_ms) const noexcept;
  void open_bucket(std::int64_t began_ms);
  void drop_oldest();

  WindowLimits limits_;
  std::deque<Bucket> buckets_;  // ascending; the last one is written to
  std::int64_t last_began_ms_ = 0;
  std::int64_t evicted_until_ms_ = 0;

  // The block at the end of the log, rewritten until it is full.
  std::string block_;
  std::uint32_t block_number_ = 0;
  bool is_block_changed_ = false;
  std::vector<Change> changes_;  // before it
};

}  // namespace reprise::dedup
