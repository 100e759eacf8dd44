#include <catch2/catch.hpp>

#include "host/cli/endpoint_text.hpp"
#include "host/config/json.hpp"

using namespace reprise;
using namespace reprise::cli;
using Catch::Contains;

namespace {

/// As the server shows one endpoint in trouble; its name is a record's key.
std::string answer(const std::string& endpoint) {
  return R"({"known":3,"in_trouble":1,"endpoints":[{"endpoint":")" + endpoint +
         R"(","state":"trouble","seconds":75.2,"held_records":12,"oldest_waiting_seconds":4000,"failures_in_a_row":3,
    "dead_letters":0,"connector":"orders","task":0,"kind":"connect.refused","reason":"127.0.0.1:9 refuses"}]})";
}

std::string table(const std::string& json) {
  const auto value = config::parse_json(json);
  REQUIRE(value);
  return endpoint_table(*value);
}

}  // namespace

TEST_CASE("Endpoints in trouble are a table", "[cli]") {
  const std::string text = table(answer("42"));
  CHECK_THAT(text, Contains("1 of 3 endpoints in trouble\n"));
  CHECK_THAT(text, Contains("ENDPOINT") && Contains("LAST FAILURE"));
  CHECK_THAT(text, Contains("42 ") && Contains("trouble") && Contains("connect.refused: 127.0.0.1:9 refuses\n"));
  CHECK(table(R"({"known":3,"in_trouble":0,"endpoints":[]})") == "0 of 3 endpoints in trouble\n");
}

TEST_CASE("What a producer calls its key does nothing to the terminal", "[cli]") {
  const std::string text = table(answer(R"(\u001b]0;owned\u0007x\ny)"));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK_THAT(text, !Contains("x\ny"));
}
