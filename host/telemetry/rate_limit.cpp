#include "host/telemetry/rate_limit.hpp"

namespace reprise::telemetry {
namespace {
constexpr std::string_view kOther = "\x01other";
}

RateLimit::RateLimit(const Clock& clock, std::chrono::milliseconds interval, std::size_t max_keys)
    : clock_(clock), interval_(interval), max_keys_(max_keys) {}

void RateLimit::forget_expired(BootTime now) {
  // An entry that suppressed something still owes its count to the next line.
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.next <= now && entry.second.suppressed == 0; });
}

std::optional<std::uint64_t> RateLimit::pass(std::string_view key) {
  const BootTime now = clock_.boot();
  MutexLock lock(mutex_);
  auto it = entries_.find(key);
  if (it == entries_.end()) {
    if (entries_.size() >= max_keys_) forget_expired(now);
    if (entries_.size() >= max_keys_) key = kOther;
    it = entries_.try_emplace(std::string(key), Entry{now, 0}).first;
  }
  Entry& entry = it->second;
  if (now < entry.next) {
    ++entry.suppressed;
    return std::nullopt;
  }
  const std::uint64_t suppressed = entry.suppressed;
  entry = Entry{now + interval_, 0};
  return suppressed;
}

}  // namespace reprise::telemetry
