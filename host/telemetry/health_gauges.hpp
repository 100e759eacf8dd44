#pragma once
#include <set>
#include <string>

#include "host/telemetry/health.hpp"
#include "host/telemetry/metrics.hpp"

namespace reprise::telemetry {

/// Health as gauges, `reprise_health{subject}`, brought up to it whenever somebody scrapes: what has a reason in health can be
/// alerted on, whatever it is. One per process; health and metrics outlive it.
class HealthGauges {
 public:
  HealthGauges(const Health& health, Metrics& metrics);

 private:
  void show();

  const Health& health_;
  Metrics& metrics_;
  std::set<std::string> shown_;  // the hook's; one scrape at a time
  Metrics::Hook hook_;           // last: it uses the members above
};

}  // namespace reprise::telemetry
