#include "host/rest/request_checks.hpp"

#include <catch2/catch.hpp>

using namespace reprise::rest;

namespace {
Request a_request(std::string method, std::map<std::string, std::string> headers, std::string body = "") {
  Request request;
  request.method = std::move(method);
  request.headers = std::move(headers);
  request.body = std::move(body);
  return request;
}
int status(const std::optional<Response>& refusal) { return refusal ? refusal->status : 0; }
}  // namespace

TEST_CASE("Over TCP only loopback names and allowed names are served", "[rest][checks]") {
  for (const char* host :
       {"localhost", "LOCALHOST:8083", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8083", "Console.Example:80"}) {
    INFO(host);
    CHECK(status(check_host(a_request("GET", {{"host", host}}), {"console.example"})) == 0);
  }
  for (const char* host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8083", "[::2]", "192.0.2.1", "::1"}) {
    INFO(host);
    CHECK(status(check_host(a_request("GET", {{"host", host}}), {"console.example"})) == 421);
  }
  Request local = a_request("GET", {{"host", "anything"}});
  local.is_local_socket = true;
  CHECK(status(check_host(local, {})) == 0);
}

TEST_CASE("A health check may leave out its Host, as HTTP/1.0 does, and nothing else may", "[rest][checks]") {
  const auto at = [](std::string method, std::string path) {
    Request request = a_request(std::move(method), {});
    request.path = std::move(path);
    return status(check_host(request, {}));
  };

  CHECK(at("GET", "/health/ready") == 0);
  CHECK(at("HEAD", "/health/live") == 0);
  CHECK(at("POST", "/health/ready") == 421);
  CHECK(at("GET", "/replays") == 421);
  CHECK(at("GET", "/metrics") == 421);
}

TEST_CASE("Another site's page cannot change anything", "[rest][checks]") {
  CHECK(status(check_origin(a_request("POST", {{"host", "localhost:1"}}))) == 0);
  CHECK(status(check_origin(a_request("POST", {{"host", "localhost:1"}, {"origin", "http://localhost:1"}}))) == 0);
  CHECK(status(check_origin(a_request("POST", {{"host", "localhost:1"}, {"origin", "http://localhost:2"}}))) == 403);
  CHECK(status(check_origin(a_request("POST", {{"host", "localhost:1"}, {"origin", "null"}}))) == 403);
  CHECK(status(check_origin(a_request("POST", {{"host", "localhost:1"}, {"origin", ""}}))) == 403);
  CHECK(status(check_origin(a_request("DELETE", {{"host", "localhost:1"}, {"origin", "https://evil.example"}}))) ==
        403);
  CHECK(status(check_origin(a_request("PUT", {{"host", "localhost:1"}, {"sec-fetch-site", "same-site"}}))) == 403);
  CHECK(status(check_origin(a_request("PUT", {{"host", "localhost:1"}, {"sec-fetch-site", "same-origin"}}))) == 0);
  CHECK(status(check_origin(a_request("GET", {{"host", "localhost:1"}, {"origin", "https://evil.example"}}))) == 0);
}

TEST_CASE("A body must say that it is JSON", "[rest][checks]") {
  CHECK(status(check_content_type(a_request("POST", {}))) == 0);
  CHECK(status(check_content_type(a_request("POST", {}, "{}"))) == 415);
  CHECK(status(check_content_type(a_request("POST", {{"content-type", "text/plain"}}, "{}"))) == 415);
  CHECK(status(check_content_type(a_request("POST", {{"content-type", "text/plain; application/json"}}, "{}"))) == 415);
  CHECK(status(check_content_type(a_request("POST", {{"content-type", "application/json"}}, "{}"))) == 0);
  CHECK(status(check_content_type(a_request("POST", {{"content-type", "Application/JSON ; charset=utf-8"}}, "{}"))) ==
        0);
}
