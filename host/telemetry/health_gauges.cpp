#include "host/telemetry/health_gauges.hpp"

#include <utility>

#include "host/telemetry/metric_names.hpp"

namespace reprise::telemetry {

HealthGauges::HealthGauges(const Health& health, Metrics& metrics)
    : health_(health), metrics_(metrics), hook_(metrics.on_scrape([this] { show(); })) {}

void HealthGauges::show() {
  std::set<std::string> gone = std::exchange(shown_, {});
  for (const SubjectHealth& entry : health_.snapshot().subjects) {
    metrics_.gauge(kHealth, {{"subject", entry.subject}}).set(static_cast<double>(entry.state));
    gone.erase(entry.subject);
    shown_.insert(entry.subject);
  }
  for (const std::string& subject : gone) metrics_.remove({{"subject", subject}});
}

}  // namespace reprise::telemetry
