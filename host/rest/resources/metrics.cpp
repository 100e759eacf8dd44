#include "host/telemetry/metrics.hpp"

#include "host/rest/resources.hpp"
#include "host/telemetry/log.hpp"
#include "host/telemetry/metric_names.hpp"

namespace reprise::rest {

void add_metrics(Router& router, telemetry::Metrics& metrics) {
  router.add("GET", "/metrics", [&metrics](const Request&) {
    // The log counts by itself, so that it needs no Metrics; only this thread brings the counter up to it.
    telemetry::Counter& dropped = metrics.counter(telemetry::kLogLinesDroppedTotal);
    dropped.add(static_cast<double>(telemetry::dropped_log_lines()) - dropped.value());
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.expose();
    return response;
  });
}

}  // namespace reprise::rest
