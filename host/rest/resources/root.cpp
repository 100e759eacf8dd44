#include <utility>

#include "host/rest/resources.hpp"
#include "host/telemetry/json_text.hpp"

namespace reprise::rest {

void add_root(Router& router, std::function<WorkerInfo()> info) {
  router.add("GET", "/", [info = std::move(info)](const Request&) {
    const WorkerInfo worker = info();
    std::string body = R"({"version":)" + telemetry::json_string(worker.version);
    body += R"(,"commit":)" + telemetry::json_string(worker.commit);
    // Connect's clients read a string here, also while the cluster is unknown.
    body += R"(,"kafka_cluster_id":)" + telemetry::json_string(worker.kafka_cluster_id) + "}";
    return json_response(200, std::move(body));
  });
}

}  // namespace reprise::rest
