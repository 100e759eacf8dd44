#include "host/config/json.hpp"

#include <limits>

#include "tests/unit/config/support.hpp"

using namespace reprise::config;

TEST_CASE("JSON becomes the same tree as YAML", "[config][json]") {
  const auto root = parse_json(R"({"a": 1, "b": [true, null, "5", -0.5], "c": {"d": "gr\u00fc\u00df"}})");

  REQUIRE(root.ok());
  CHECK(root->find("a")->text == "1");
  CHECK_FALSE(root->find("a")->is_quoted);
  const auto& list = root->find("b")->items;
  REQUIRE(list.size() == 4);
  CHECK(list[0].text == "true");
  CHECK(list[1].kind == Value::Kind::Null);
  CHECK(list[2].is_quoted);
  CHECK(list[3].text == "-0.5");
  CHECK(root->find("c")->find("d")->text == "gr\xC3\xBC\xC3\x9F");
  CHECK(to_json(*root) == "{\"a\":1,\"b\":[true,null,\"5\",-0.5],\"c\":{\"d\":\"gr\xC3\xBC\xC3\x9F\"}}");
}

TEST_CASE("Integers keep all 64 bits", "[config][json]") {
  const auto root = parse_json("[9223372036854775807, -9223372036854775808]");

  REQUIRE(root.ok());
  CHECK(root->items[0].text == "9223372036854775807");
  CHECK(root->items[1].text == "-9223372036854775808");
}

TEST_CASE("JSON that is wrong or hostile is refused with its path", "[config][json]") {
  struct Case {
    std::string text, expected;
  };
  const auto c = GENERATE(values<Case>({
      {"", "is empty"},
      {"   ", "JSON"},
      {"{", "JSON"},
      {"{\"a\": 1,}", "JSON"},
      {"{a: 1}", "JSON"},
      {"{} x", "JSON"},
      {"{} {}", "JSON"},
      {"// c\n{}", "JSON"},
      {"[NaN]", "JSON"},
      {"[1e999]", "number"},
      {"[01]", "number"},
      {"[9223372036854775808]", "0 is an integer beyond 64 bits"},
      {"[18446744073709551616]", "integer beyond 64 bits"},
      {"[\"\\ud800\"]", "escape"},
      {"[\"\xFF\"]", "UTF-8"},
      {"[\"a\nb\"]", "control character"},
      {"[\"open]", "text that is never closed"},
      {R"({"a": {"b": 1, "c": 2, "b": 3}})", "a has the key \"b\" twice"},
      {R"({"a": 1, "\u0061": 2})", "the body has the key \"a\" twice"},
  }));
  CAPTURE(c.text);

  const auto root = parse_json(c.text);

  REQUIRE_FALSE(root.ok());
  CHECK(root.error().kind == "json.invalid");
  CHECK_THAT(root.error().message, Catch::Contains(c.expected));
}

TEST_CASE("JSON is bounded in depth and size", "[config][json]") {
  CHECK(parse_json(std::string(32, '[') + std::string(32, ']')).ok());
  for (const std::size_t depth : {33u, 34u, 1'000u, 20'000u}) {
    const auto deep = parse_json(std::string(depth, '[') + std::string(depth, ']'));
    REQUIRE_FALSE(deep.ok());
    CHECK_THAT(deep.error().message, Catch::Contains("nested deeper than 32 levels"));
  }
  CHECK_THAT(parse_json("[1, 2]", 5).error().message, Catch::Contains("has 6 bytes; the limit is 5"));
}

TEST_CASE("YAML's scalars become the JSON that they look like, unless quoted", "[config][json]") {
  const auto json = [](std::string text, bool is_quoted) { return to_json(Value::scalar(std::move(text), is_quoted)); };
  CHECK(json("1", false) == "1");
  CHECK(json("1", true) == "\"1\"");
  CHECK(json("true", false) == "true");
  CHECK(json("no", false) == "\"no\"");
  CHECK(json("-1.5e3", false) == "-1.5e3");
  CHECK(json("010", false) == "\"010\"");
  CHECK(json("0x10", false) == "\"0x10\"");
  CHECK(json("1_000", false) == "\"1_000\"");
  CHECK(json(".5", false) == "\".5\"");
  CHECK(json("+1", false) == "\"+1\"");
  CHECK(json("1.", false) == "\"1.\"");
}

TEST_CASE("The writer separates and escapes", "[config][json]") {
  JsonWriter out;
  out.begin_object();
  out.member("text", "a\"b\\c\n\t\x01\x7f");
  out.key("list")
      .begin_array()
      .number(std::int64_t{-1})
      .number(std::uint64_t{UINT64_MAX})
      .number(0.1)
      .boolean(false)
      .null()
      .raw("{}")
      .end_array();
  out.member("empty", std::string_view{}).key("o").begin_object().end_object();
  out.member("n", 5).member("b", true).member("nan", std::numeric_limits<double>::quiet_NaN());
  out.end_object();

  CHECK(
      out.text() ==
      R"({"text":"a\"b\\c\n\t\u0001\u007f","list":[-1,18446744073709551615,0.1,false,null,{}],"empty":"","o":{},"n":5,"b":true,"nan":null})");
  CHECK(parse_json(to_json(*parse_json("[184467440737095516150.5, -1e300]"))).ok());
  CHECK(parse_json("[-0.0]")->items[0].text == "0");
  CHECK(parse_json(out.text().substr(0, out.text().find(",\"list")) + "}").ok());
}

TEST_CASE("The writer makes valid UTF-8 of anything", "[config][json]") {
  JsonWriter out;
  out.string("a\xFFz\xE2\x80\xA8\xC3\xBC\xC2\x9B");

  CHECK(out.text() == "\"a\xEF\xBF\xBDz\\u2028\xC3\xBC\\u009b\"");
}
