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

/// Among which records a mark finds copies. The letter stands in the state.
enum class Scope : char {
  Key = 'k',        ///< those of one key: key and content are hashed
  Partition = 'p',  ///< all: the content is hashed
  Unknown = '?',    ///< one of the two, it does not say which: a bucket of 0.1.0
};

/// What a window remembers, how long and how much.
struct WindowLimits {
  Scope scope = Scope::Key;                  ///< of the marks that are made from now on
  std::optional<std::int64_t> retention_ms;  ///< none: for ever
  std::size_t bucket_bytes = 32 << 20;       ///< memory of one bucket, beyond which the next begins
};

/// What one stream remembers: hashes in buckets of time (an eighth of the retention each), in memory as exact sets, durable as a
/// packed log. State keys: 'b', the bucket's name (8 bytes, big endian, ascending), the block (4 bytes); a value is up to
/// 512 hashes of 16 bytes. 'h', the name: the letter of its scope, and wall ms when it began, as text; without it the scope is
/// unknown and the name is when it began. 'e': wall ms up to which marks were evicted, as text. Owned by one instance; not
/// thread-safe.
class Window {
 public:
  explicit Window(const WindowLimits& limits) : limits_(limits) {}

  /// hash: as scope says. REQUIRES: scope is not Unknown.
  bool contains(Scope scope, const Hash& hash) const noexcept {
    for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket) {
      if ((bucket->scope == scope || bucket->scope == Scope::Unknown) && bucket->set.contains(hash)) {
        return true;
      }
    }
    return false;
  }
  /// Are there marks of another scope than those that are made now?
  bool has_other_scopes() const noexcept { return other_scopes_ != 0; }
  void prefetch(const Hash& hash) const noexcept {
    for (const Bucket& bucket : buckets_) {
      bucket.set.prefetch(hash);
    }
  }
  /// Marks it now. Durable after flush and the commit that this call of the plugin belongs to. REQUIRES: it is not there.
  void insert(const Hash& hash, std::int64_t now_ms);
  /// Drops the buckets that are past the retention. Returns how many. Where the clock has gone back, those that would begin in
  /// the future begin now: else nothing would end them before the clock is there again.
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
    std::int64_t name = 0;  // strictly ascending, never below began_ms
    std::int64_t began_ms = 0;
    Scope scope = Scope::Unknown;
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
  void add_bucket(Bucket bucket);
  void drop_oldest();
  void put_head(const Bucket& bucket);
  Result<> load_head(std::int64_t name, std::string_view value);

  WindowLimits limits_;
  std::deque<Bucket> buckets_;  // ascending; the last one is written to
  std::int64_t last_name_ = 0;
  std::size_t other_scopes_ = 0;  // buckets of another scope than limits_.scope
  std::int64_t evicted_until_ms_ = 0;

  // The block at the end of the log, rewritten until it is full.
  std::string block_;
  std::uint32_t block_number_ = 0;
  bool is_block_changed_ = false;
  std::vector<Change> changes_;  // before it
};

}  // namespace reprise::dedup
