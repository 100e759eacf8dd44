#include "host/rest/router.hpp"

#include <catch2/catch.hpp>

using namespace reprise::rest;

namespace {

/// The body that the matched handler answers, or the refusal's status.
std::string answer(const Router& router, std::string_view method, std::string_view path) {
  const Router::Match match = router.match(method, path);
  if (match.handler == nullptr) return std::to_string(match.refusal.status);
  std::string body;
  Request request;
  request.params = match.params;
  (*match.handler)(std::move(request), Responder([&](Response response) { body = response.body; }));
  return body;
}

Router a_router() {
  Router router;
  router.add("GET", "/", [](const Request&) { return json_response(200, "root"); });
  router.add("GET", "/replays/{id}",
             [](const Request& request) { return json_response(200, "show " + std::string(request.param("id"))); });
  router.add("GET", "/replays/active", [](const Request&) { return json_response(200, "active"); });
  router.add("POST", "/replays/{id}/cancel",
             [](const Request& request) { return json_response(200, "cancel " + std::string(request.param("id"))); },
             {.max_body_bytes = 7});
  return router;
}

}  // namespace

TEST_CASE("Paths find their handler, literals before parameters", "[rest][router]") {
  const Router router = a_router();

  CHECK(answer(router, "GET", "/") == "root");
  CHECK(answer(router, "GET", "/replays/42") == "show 42");
  CHECK(answer(router, "GET", "/replays/42/") == "show 42");
  CHECK(answer(router, "HEAD", "/replays/42") == "show 42");
  CHECK(answer(router, "GET", "/replays/active") == "active");
  CHECK(answer(router, "POST", "/replays/42/cancel") == "cancel 42");
  CHECK(router.match("POST", "/replays/42/cancel").options.max_body_bytes == 7);
}

TEST_CASE("Segments are decoded once, and an encoded slash is data", "[rest][router]") {
  const Router router = a_router();

  CHECK(answer(router, "GET", "/replays/a%2Fb") == "show a/b");
  CHECK(answer(router, "GET", "/replays/a%252Fb") == "show a%2Fb");
  CHECK(answer(router, "GET", "/replays/caf%C3%A9+") == "show caf\xc3\xa9+");
  CHECK(answer(router, "GET", "/replays/%2e%2e") == "show ..");
  CHECK(answer(router, "GET", "/replays/a%00b") == "400");
  CHECK(answer(router, "GET", "/replays/a%0a") == "400");
  CHECK(answer(router, "GET", "/replays/%zz") == "400");
  CHECK(answer(router, "GET", "/replays/%4") == "400");
  CHECK(answer(router, "GET", "/replays/%ff") == "400");
}

TEST_CASE("What is not there is 404, another method is 405 with Allow", "[rest][router]") {
  const Router router = a_router();

  CHECK(answer(router, "GET", "/nothing") == "404");
  CHECK(answer(router, "GET", "/replays//cancel") == "404");
  CHECK(answer(router, "GET", "/replays/") == "404");
  CHECK(answer(router, "GET", "/replays/" + std::string(255, 'x')) == "show " + std::string(255, 'x'));
  CHECK(answer(router, "GET", "/replays/" + std::string(256, 'x')) == "404");
  const Router::Match refused = router.match("DELETE", "/replays/42");
  CHECK(refused.refusal.status == 405);
  REQUIRE(refused.refusal.headers.size() == 1);
  CHECK(refused.refusal.headers[0] == std::pair<std::string, std::string>("Allow", "GET, HEAD"));
}
