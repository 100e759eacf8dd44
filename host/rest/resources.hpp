#pragma once
#include <functional>
#include <string>

#include "host/rest/router.hpp"

namespace reprise::telemetry {
class Health;
class Metrics;
}  // namespace reprise::telemetry

namespace reprise::rest {

/// What GET / says, in Kafka Connect's words.
struct WorkerInfo {
  std::string version;
  std::string commit;
  std::string kafka_cluster_id;  ///< empty when not known yet
};

/// GET / : `{"version":..,"commit":..,"kafka_cluster_id":..}`. `info` is called on the server's thread, at every request.
void add_root(Router& router, std::function<WorkerInfo()> info);

/// GET /metrics : Prometheus's text format. REQUIRES: metrics outlives the server.
void add_metrics(Router& router, telemetry::Metrics& metrics);

/// GET /health/live : 200 as long as the process answers. GET /health/ready : 200 or 503. Both with subjects and reasons.
/// REQUIRES: health outlives the server.
void add_health(Router& router, const telemetry::Health& health);

}  // namespace reprise::rest
