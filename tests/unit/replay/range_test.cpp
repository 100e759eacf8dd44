#include "host/replay/range.hpp"

#include <catch2/catch.hpp>

namespace reprise::replay {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kHour = 3'600'000;

struct Fixture {
  config::ConnectorConfig connector;
  tables::Tables tables;

  Fixture() {
    connector.name = "replay";
    connector.source.options.push_back({"lookback", std::to_string(24 * kHour), false, false, {}});
    connector.sink.options.push_back({"endpoint.table", "webhooks", false, false, {}});
    REQUIRE(tables.replace("webhooks", {{"42", "{}"}}));
  }
  std::string refusal(const std::string& key, std::int64_t from_ms, std::int64_t to_ms) {
    const auto checked =
        check_request({.connector = "replay", .key = key, .from_ms = from_ms, .to_ms = to_ms}, connector, tables, kNow);
    return checked ? std::string() : checked.error().kind;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a range lies in the past and within the lookback") {
  CHECK(refusal("42", kNow - kHour, kNow).empty());
  CHECK(refusal("42", kNow - 24 * kHour, kNow - 23 * kHour).empty());
  CHECK(refusal("42", kNow - 24 * kHour - 1, kNow) == "request.range");
  CHECK(refusal("42", kNow - kHour, kNow + 1) == "request.range");
  CHECK(refusal("42", kNow - kHour, kNow - kHour) == "request.range");
  CHECK(refusal("42", kNow - kHour, kNow - 2 * kHour) == "request.range");
  CHECK(refusal("42", -1, kNow) == "request.range");
}

TEST_CASE_METHOD(Fixture, "a lookback that is not given limits nothing") {
  connector.source.options.clear();
  CHECK(refusal("42", 0, kNow).empty());
  connector.source.options.push_back({"lookback", "5d", false, false, {}});
  CHECK(refusal("42", 0, kNow) == "config");
}

TEST_CASE_METHOD(Fixture, "a webhook is a row of the sink's table") {
  CHECK(refusal("43", kNow - kHour, kNow) == "unknown.webhook");
  tables.remove("webhooks");
  CHECK(refusal("42", kNow - kHour, kNow) == "unknown.webhook");
  connector.sink.options.clear();  // one endpoint for all keys
  CHECK(refusal("43", kNow - kHour, kNow).empty());
}

}  // namespace reprise::replay
