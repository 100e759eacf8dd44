#include <atomic>
#include <catch2/catch.hpp>
#include <string>

#include "host/rest/server.hpp"
#include "tests/unit/rest/raw_client.hpp"

using namespace reprise::rest;

TEST_CASE("A webhook is never taken for a request, at no path and with no method", "[hostile][rest]") {
  std::atomic<int> handled = 0;
  Router router;
  router.add("POST", "/replays", [&](const Request&) { return ++handled, json_response(202, "{}"); });
  router.add("GET", "/", [&](const Request&) { return ++handled, json_response(200, "{}"); });
  Server server(std::move(router), {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  const std::string host = " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
  const std::string body = "Content-Type: application/json\r\nContent-Length: 2\r\n";

  RawClient poster(server.port());
  poster.send("POST /replays" + host + "webhook-id: msg_1\r\n" + body + "\r\n{}");
  CHECK(status_of(poster.read_response()) == 403);
  RawClient getter(server.port());
  getter.send("GET /" + host + "Webhook-Id: msg_1\r\n\r\n");
  CHECK(status_of(getter.read_response()) == 403);
  CHECK(handled == 0);

  RawClient person(server.port());
  person.send("POST /replays" + host + body + "\r\n{}");
  CHECK(status_of(person.read_response()) == 202);
}
