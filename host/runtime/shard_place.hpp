#pragma once
#include <span>
#include <utility>

#include "host/runtime/shard.hpp"

namespace reprise::runtime {

/// A place on a shard, for one task: held by whoever runs the task, for as long as it may run one (also between a failure and
/// the next start, so that a task stays where it is). Shards are told apart by how many places are taken on them. Choosing is
/// for any thread; a place is one owner's.
class ShardPlace {
 public:
  /// On the shard with the fewest. REQUIRES: there is a shard, and the shards outlive the place.
  static ShardPlace on_least_loaded(std::span<Shard* const> shards) {
    while (true) {
      Shard* least = nullptr;
      std::uint32_t places = 0;
      for (Shard* const shard : shards) {
        const std::uint32_t each = shard->places().load();
        if (least != nullptr && each >= places) continue;
        least = shard;
        places = each;
      }
      // Somebody else may have chosen the same one meanwhile.
      if (least->places().compare_exchange_strong(places, places + 1)) return ShardPlace(*least);
    }
  }
  ShardPlace(ShardPlace&& other) noexcept : shard_(std::exchange(other.shard_, nullptr)) {}
  ShardPlace& operator=(ShardPlace&&) = delete;
  ~ShardPlace() {
    if (shard_ != nullptr) --shard_->places();
  }

  Shard& shard() const { return *shard_; }

 private:
  explicit ShardPlace(Shard& shard) : shard_(&shard) {}
  Shard* shard_;
};

}  // namespace reprise::runtime
