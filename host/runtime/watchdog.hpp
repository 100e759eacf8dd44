#pragma once
#include <string>
#include <thread>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/runtime/shard.hpp"
#include "host/telemetry/health.hpp"

namespace reprise::runtime {

/// Looks at the shards from a thread of its own: one that does not come back from a turn is blocked, by a plugin that waits where it
/// must not, and with it everything else of that shard. After kBlamed it says which plugin, instance and call, in the log and as
/// health `shard/N`, and again when the turn has ended. It cannot end the call. One per worker; the shards outlive it.
class Watchdog {
 public:
  Watchdog(std::vector<Shard*> shards, telemetry::Health& health);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// [any-thread] Who blocks a shard now, "plugin X (orders/sink) has not come back from deliver"; empty: nobody.
  std::string blocked() const;

 private:
  struct Seen {
    std::uint64_t turn = 0;
    int looks = 0;  ///< that found the same turn
    bool is_blamed = false;
  };

  void watch(const std::stop_token& stop);
  void look(std::size_t index);
  std::string culprit(const Shard& shard) const;

  const std::vector<Shard*> shards_;
  telemetry::Health& health_;
  mutable Mutex mutex_;
  ConditionVariable left_;
  std::vector<Seen> seen_ GUARDED_BY(mutex_);
  std::jthread thread_;  // last: it uses the members above
};

}  // namespace reprise::runtime
