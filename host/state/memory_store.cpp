#include <map>
#include <mutex>
#include <shared_mutex>

#include "host/state/format.hpp"
#include "host/state/store.hpp"

namespace reprise::state {
namespace {

class MemoryStore final : public Store {
 public:
  Result<> commit(const Batch& batch) override {
    const std::unique_lock lock(mutex_);
    for (const auto& change : batch.changes()) {
      switch (change.kind) {
        case Batch::Kind::Put:
          entries_[change.key] = change.value;
          break;
        case Batch::Kind::Erase:
          entries_.erase(change.key);
          break;
        case Batch::Kind::ErasePrefix: {
          const auto first = entries_.lower_bound(change.key);
          auto last = first;
          while (last != entries_.end() && last->first.starts_with(change.key)) {
            ++last;
          }
          entries_.erase(first, last);
          break;
        }
      }
    }
    return {};
  }

  Result<bool> get(std::string_view key, std::string* value) const override {
    const std::shared_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      return false;
    }
    *value = found->second;
    return true;
  }

  Result<> scan(std::string_view prefix, std::string_view after,
                const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    // One step under the lock at a time, so that visit may call the store.
    std::string key;
    std::string value;
    bool has_next = next(prefix, after, after.empty(), &key, &value);
    while (has_next && visit(key, value)) {
      has_next = next(prefix, std::string(key), false, &key, &value);
    }
    return {};
  }

 private:
  bool next(std::string_view prefix, std::string_view after, bool from_first, std::string* key,
            std::string* value) const {
    const std::shared_lock lock(mutex_);
    auto at = from_first || after < prefix ? entries_.lower_bound(prefix) : entries_.upper_bound(after);
    while (at != entries_.end() && at->first.starts_with(kReservedFirstByte)) {
      ++at;
    }
    if (at == entries_.end() || !at->first.starts_with(prefix)) {
      return false;
    }
    *key = at->first;
    *value = at->second;
    return true;
  }

  mutable std::shared_mutex mutex_;
  std::map<std::string, std::string, std::less<>> entries_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace reprise::state
