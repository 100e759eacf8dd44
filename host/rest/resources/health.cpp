#include "host/telemetry/health.hpp"

#include "host/rest/resources.hpp"

namespace reprise::rest {

void add_health(Router& router, const telemetry::Health& health) {
  router.add("GET", "/health/live",
             [&health](const Request&) { return json_response(200, telemetry::to_json(health.snapshot())); });
  router.add("GET", "/health/ready", [&health](const Request&) {
    const telemetry::HealthSnapshot snapshot = health.snapshot();
    return json_response(snapshot.is_ready ? 200 : 503, telemetry::to_json(snapshot));
  });
}

}  // namespace reprise::rest
