#include "host/rest/resources.hpp"

#include <catch2/catch.hpp>

#include "host/base/clock.hpp"
#include "host/rest/client.hpp"
#include "host/telemetry/health.hpp"
#include "host/telemetry/metrics.hpp"
#include "raw_client.hpp"

using namespace reprise;
using namespace reprise::rest;
using namespace std::chrono_literals;

TEST_CASE("The worker tells who it is, what it counts and how it is", "[rest][resources]") {
  const Folder folder;
  const SystemClock clock;
  telemetry::Metrics metrics;
  telemetry::Health health(clock);
  Router router;
  add_root(router, [] { return WorkerInfo{"0.1.0", "abc123", "cluster"}; });
  add_metrics(router, metrics);
  add_health(router, health);
  Server server(std::move(router), {.socket_path = folder.path + "/s", .listen = {}, .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  const auto get = [client = Client(folder.path + "/s")](const char* target) {
    auto result = client.request("GET", target, "", 10s);
    REQUIRE(result.ok());
    return std::move(result).value();
  };

  CHECK(get("/").body == R"({"version":"0.1.0","commit":"abc123","kafka_cluster_id":"cluster"})");

  metrics.counter("x_total", "X", {{"k", "v"}}).add(3);
  const ClientResponse scraped = get("/metrics");
  CHECK(scraped.status == 200);
  CHECK(scraped.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(scraped.body.find("x_total{k=\"v\"} 3\n") != std::string::npos);
  CHECK(scraped.body.find("reprise_log_lines_dropped_total 0\n") != std::string::npos);

  CHECK(get("/health/live").status == 200);
  CHECK(get("/health/ready").status == 503);
  health.set_started();
  CHECK(get("/health/ready").status == 200);
  health.set("connector/orders", telemetry::HealthState::Down, "topic is gone");
  const ClientResponse down = get("/health/ready");
  CHECK(down.status == 503);
  CHECK(down.body.find(R"("subject":"connector/orders","state":"down","reason":"topic is gone")") != std::string::npos);
  CHECK(get("/health/live").status == 200);
}
