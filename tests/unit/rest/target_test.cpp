#include "host/rest/target.hpp"

#include <catch2/catch.hpp>

#include "host/rest/client.hpp"

using namespace reprise::rest;

TEST_CASE("A query is decoded by name", "[rest][target]") {
  const auto query = parse_query("a=1&b=x%20y+z&&flag&a=2&c=%26%3D");

  REQUIRE(query.has_value());
  CHECK(*query == std::map<std::string, std::string>{{"a", "2"}, {"b", "x y z"}, {"flag", ""}, {"c", "&="}});
  CHECK_FALSE(parse_query("a=%").has_value());
  CHECK_FALSE(parse_query("%0d=1").has_value());
  CHECK(parse_query("")->empty());
}

TEST_CASE("What is encoded is decoded to itself", "[rest][target]") {
  const std::string text = "a/b ?&=%+\"caf\xc3\xa9~";

  CHECK(percent_encode(text) == "a%2Fb%20%3F%26%3D%25%2B%22caf%C3%A9~");
  CHECK(percent_decode(percent_encode(text), false) == text);
  CHECK(percent_decode(percent_encode(text), true) == text);
}
