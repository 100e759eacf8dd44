#include "host/runtime/expiry_watch.hpp"

#include "host/telemetry/log.hpp"

namespace reprise::runtime {
namespace {
using namespace std::chrono_literals;
constexpr auto kShownFor = 1h;  // after the last record that was lost
}  // namespace

ExpiryWatch::ExpiryWatch(std::string connector, std::uint32_t task, Services& services)
    : connector_(std::move(connector)), task_(task), services_(services) {}

void ExpiryWatch::took(const StreamKey& key, std::int64_t first, std::int64_t end, std::uint64_t records,
                       BootTime now) {
  const auto [it, is_new] = losses_.try_emplace({key.topic, key.partition}, Loss{first, end, 0, now});
  Loss& loss = it->second;
  loss.end = end;
  loss.records += records;
  loss.last = now;
  telemetry::warn("retention took records before they were read", {{"connector", connector_},
                                                                   {"task", task_},
                                                                   {"kind", "source.expired"},
                                                                   {"topic", key.topic},
                                                                   {"partition", key.partition},
                                                                   {"records", records},
                                                                   {"first_offset", first},
                                                                   {"last_offset", end - 1}});
  show(now);
}

void ExpiryWatch::show(BootTime now) {
  if (losses_.empty()) return;
  std::erase_if(losses_, [&](const auto& entry) { return now - entry.second.last > kShownFor; });
  if (losses_.empty()) return services_.health.clear(subject());
  std::string reason;
  for (const auto& [where, loss] : losses_) {
    reason += reason.empty() ? "retention took " : "; ";
    reason += std::to_string(loss.records) + " records of " + where.first + "-" + std::to_string(where.second) +
              " before they were read (offsets " + std::to_string(loss.first) + " to " + std::to_string(loss.end - 1) +
              ")";
  }
  services_.health.set(subject(), telemetry::HealthState::Degraded, reason);
}

void ExpiryWatch::close() {
  if (!losses_.empty()) services_.health.clear(subject());
  losses_.clear();
}

}  // namespace reprise::runtime
