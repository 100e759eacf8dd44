#include "host/rest/resources.hpp"

#include <catch2/catch.hpp>

#include "host/base/clock.hpp"
#include "host/rest/client.hpp"
#include "host/rest/resources/endpoints.hpp"
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

TEST_CASE("Endpoints that hold up records are listed, the worst first", "[rest][resources]") {
  const Folder folder;
  runtime::EndpointBoard board;
  const auto report = [](const char* name, runtime::EndpointReport::State state, std::uint64_t held) {
    runtime::EndpointReport made;
    made.name = name;
    made.state = state;
    made.held_records = held;
    return made;
  };
  using State = runtime::EndpointReport::State;
  int live = 0, other = 0;
  runtime::TaskEndpoints first{.connector = "orders", .task = 0, .known = 50, .in_trouble = 2, .worst = {}};
  first.worst = {report("some", State::Trouble, 5), report("waits", State::Waiting, 900),
                 report("most", State::Trouble, 7)};
  first.worst[2].kind = "http.status";
  first.worst[2].code = 503;
  first.worst[2].message = "the endpoint \"answered\" 503";
  board.show(&live, first);
  board.show(
      &other,
      {.connector = "audit", .task = 1, .known = 10, .in_trouble = 0, .worst = {report("late", State::Slow, 3)}});
  Router router;
  add_endpoints(router, board);
  Server server(std::move(router), {.socket_path = folder.path + "/s", .listen = {}, .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  const auto get = [client = Client(folder.path + "/s")](const char* target) {
    auto result = client.request("GET", target, "", 10s);
    REQUIRE(result.ok());
    return std::move(result).value();
  };

  const std::string all = get("/endpoints").body;
  CHECK(all.starts_with(
      R"({"known":60,"in_trouble":2,"endpoints":[{"endpoint":"most","connector":"orders","task":0,)"
      R"("state":"trouble","kind":"http.status","code":503,"reason":"the endpoint \"answered\" 503",)"));
  CHECK(all.find("\"some\"") < all.find("\"late\""));
  CHECK(all.find("\"late\"") < all.find("\"waits\""));
  const std::string worst = get("/endpoints?state=trouble&limit=1").body;
  CHECK(worst.find("\"most\"") != std::string::npos);
  CHECK(worst.find("\"some\"") == std::string::npos);
  CHECK(get("/endpoints?connector=audit")
            .body.starts_with(R"({"known":10,"in_trouble":0,"endpoints":[{"endpoint":"late")"));
  CHECK(get("/endpoints?state=down").status == 400);
  CHECK(get("/endpoints?limit=0").status == 400);
  CHECK(get("/endpoints?limit=1x").status == 400);
  CHECK(get("/endpoints?top=3").status == 400);
  board.forget(&live);
  board.forget(&other);
  CHECK(get("/endpoints").body == R"({"known":0,"in_trouble":0,"endpoints":[]})");
}
