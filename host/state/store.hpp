#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/result.hpp"

namespace reprise::state {

/// Changes that become durable together or not at all. A value; not thread-safe.
class Batch {
 public:
  enum class Kind : std::uint8_t { Put, Erase, ErasePrefix };
  struct Change {
    Kind kind;
    std::string key;
    std::string value;
  };

  void put(std::string key, std::string value) { changes_.push_back({Kind::Put, std::move(key), std::move(value)}); }
  void erase(std::string key) { changes_.push_back({Kind::Erase, std::move(key), {}}); }
  /// All keys that begin with prefix. REQUIRES: prefix is not empty.
  void erase_prefix(std::string prefix) { changes_.push_back({Kind::ErasePrefix, std::move(prefix), {}}); }
  const std::vector<Change>& changes() const { return changes_; }
  std::size_t size() const { return changes_.size(); }
  bool empty() const { return changes_.empty(); }
  /// Forgets all but the first `size` changes.
  void cut(std::size_t size) {
    if (size < changes_.size()) changes_.resize(size);
  }
  void clear() { changes_.clear(); }

 private:
  std::vector<Change> changes_;
};

/// Ordered, durable keys and values of one worker. Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  /// All of batch or nothing; OK means that it survives a kill of the process (a power loss after at most 100 ms).
  /// Retriable ("store.no_space", "store.io", "store.sync") while the disk is full or fails; reads may work meanwhile.
  virtual Result<> commit(const Batch& batch) = 0;
  /// Found: true and value is set. Not found: false.
  virtual Result<bool> get(std::string_view key, std::string* value) const = 0;
  /// Keys that begin with prefix and come after `after` (empty: from the first), ascending, until visit returns false.
  /// The views last for the call of visit.
  virtual Result<> scan(std::string_view prefix, std::string_view after,
                        const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
};

/// A store in memory, for dry runs and tests: same promises but durability.
std::unique_ptr<Store> make_memory_store();

}  // namespace reprise::state
