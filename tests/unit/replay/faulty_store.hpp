#pragma once
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "host/base/mutex.hpp"
#include "host/state/store.hpp"

namespace reprise::replay::trial {

/// A store in memory that refuses the next write of a value with a certain text in it, once, when a test asks for it.
class FaultyStore final : public state::Store {
 public:
  /// The next batch that puts a value with this text is not written.
  void refuse_next(std::string text) {
    MutexLock lock(mutex_);
    refused_ = std::move(text);
  }
  bool has_refused() const {
    MutexLock lock(mutex_);
    return refused_.empty();
  }

  /// Values that were read so far.
  std::size_t reads() const { return reads_; }

  Result<> commit(const state::Batch& batch) override {
    {
      MutexLock lock(mutex_);
      const bool is_met =
          !refused_.empty() && std::ranges::any_of(batch.changes(), [&](const state::Batch::Change& change) {
            return change.value.find(refused_) != std::string::npos;
          });
      if (is_met) {
        refused_.clear();
        return retriable("store.io", "the disk does not answer");
      }
    }
    return store_->commit(batch);
  }
  Result<bool> get(std::string_view key, std::string* value) const override {
    ++reads_;
    return store_->get(key, value);
  }
  Result<> scan(std::string_view prefix, std::string_view after,
                const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    return store_->scan(prefix, after, [&](std::string_view key, std::string_view value) {
      ++reads_;
      return visit(key, value);
    });
  }

 private:
  const std::unique_ptr<state::Store> store_ = state::make_memory_store();
  mutable std::atomic<std::size_t> reads_ = 0;
  mutable Mutex mutex_;
  std::string refused_ GUARDED_BY(mutex_);
};

}  // namespace reprise::replay::trial
