#pragma once
#include <reprise/plugin.h>

#include <memory>
#include <span>
#include <vector>

#include "host/base/mutex.hpp"

namespace reprise::runtime {

/// A settlement, kept until the task's next turn.
struct Settled {
  std::uint64_t handle = 0;
  reprise_status status = REPRISE_OK;
  std::int32_t code = 0;
  std::unique_ptr<reprise_error> error;
};

/// Where settlements wait: a plugin may settle from any thread, also inside deliver, and is never called back from there.
/// What comes on the shard's own thread takes no lock.
class SettlementInbox {
 public:
  /// [any-thread] True if the task must be woken for it.
  bool push(std::span<const reprise_settlement> settlements, bool is_own_thread) EXCLUDES(mutex_) {
    if (is_own_thread) {
      append(own_, settlements);
      return false;
    }
    MutexLock lock(mutex_);
    const bool was_empty = foreign_.empty();
    append(foreign_, settlements);
    return was_empty;
  }

  /// [shard] Everything that came, in the order of each thread. The vector is lent until the next call.
  std::vector<Settled>& drain() EXCLUDES(mutex_) {
    drained_.clear();
    drained_.swap(own_);
    MutexLock lock(mutex_);
    for (Settled& settled : foreign_) drained_.push_back(std::move(settled));
    foreign_.clear();
    return drained_;
  }

 private:
  static void append(std::vector<Settled>& to, std::span<const reprise_settlement> settlements) {
    for (const reprise_settlement& s : settlements) {
      to.push_back(
          {s.handle, s.status, s.code, s.error == nullptr ? nullptr : std::make_unique<reprise_error>(*s.error)});
    }
  }

  std::vector<Settled> own_;
  std::vector<Settled> drained_;
  Mutex mutex_;
  std::vector<Settled> foreign_ GUARDED_BY(mutex_);
};

}  // namespace reprise::runtime
