#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

namespace reprise::telemetry {

/// Lets one line per key and interval through and counts the rest, so that a fault that hits every record does not
/// become a log of every record. Owned by whoever logs. Thread-safe. Keys beyond max_keys share one.
///
///     if (auto suppressed = limit.pass(endpoint)) warn("delivery failed", {{"endpoint", endpoint}, {"suppressed", *suppressed}});
class RateLimit {
 public:
  RateLimit(const Clock& clock, std::chrono::milliseconds interval, std::size_t max_keys = 1000);

  /// Lines suppressed for this key since the last that passed; empty when this one is to be suppressed too.
  std::optional<std::uint64_t> pass(std::string_view key);

 private:
  struct Entry {
    BootTime next;
    std::uint64_t suppressed = 0;
  };
  void forget_expired(BootTime now) REQUIRES(mutex_);

  const Clock& clock_;
  const std::chrono::milliseconds interval_;
  const std::size_t max_keys_;
  Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ GUARDED_BY(mutex_);
};

}  // namespace reprise::telemetry
