#include "host/rest/message.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

using namespace reprise::rest;

TEST_CASE("Errors have Kafka Connect's form", "[rest][message]") {
  const Response response = error_response(404, "no \"x\"");

  CHECK(response.status == 404);
  CHECK(response.content_type == "application/json");
  CHECK(response.body == R"({"error_code":404,"message":"no \"x\""})");
}

TEST_CASE("A request is answered once, also when many try", "[rest][message]") {
  std::atomic<int> answers = 0;
  {
    const Responder respond([&](Response) { ++answers; });
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([respond] { respond(json_response(200, "{}")); });
  }
  CHECK(answers == 1);
}

TEST_CASE("A request that everybody forgot is answered with 500", "[rest][message]") {
  int status = 0;
  {
    const Responder respond([&](Response response) { status = response.status; });
    const Responder copy = respond;
    CHECK(status == 0);
  }
  CHECK(status == 500);
}
