#include "host/replay/request.hpp"

#include <catch2/catch.hpp>

namespace reprise::replay {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

std::string refusal(std::string_view json) {
  const auto request = parse_request(json, kNow);
  REQUIRE_FALSE(request);
  CHECK(request.error().kind == "request.invalid");
  return request.error().message;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a request has a webhook and a range") {
  const auto request = parse_request(R"({"webhook_id":"42","from":"2023-11-14T20:00:00Z","to":"now-1h"})", kNow);
  REQUIRE(request);
  CHECK(request->key == "42");
  CHECK(request->connector.empty());
  CHECK(request->from_ms == 1'699'992'000'000);
  CHECK(request->to_ms == kNow - 3'600'000);
  CHECK(request->partition == kPartitionOfKey);
  CHECK_FALSE(request->is_dry_run);
}

TEST_CASE("a request may say more") {
  const auto request =
      parse_request(R"({"key":42,"connector":"c","from":"now-2h","to":"now","partition":3,"dry_run":true})", kNow);
  REQUIRE(request);
  CHECK(request->key == "42");
  CHECK(request->connector == "c");
  CHECK(request->partition == 3);
  CHECK(request->is_dry_run);
  CHECK(parse_request(R"({"key":"1","from":"now-2h","to":"now","partition":"all"})", kNow)->partition ==
        kAllPartitions);
}

TEST_CASE("a wrong request is refused with the member at fault") {
  CHECK(has(refusal(R"({"webhok_id":"42","from":"now-2h","to":"now"})"), "did you mean \"webhook_id\""));
  CHECK(has(refusal(R"({"from":"now-2h","to":"now"})"), "webhook_id is missing"));
  CHECK(has(refusal(R"({"key":"1","to":"now"})"), "from is missing"));
  CHECK(has(refusal(R"({"key":"1","from":"now-2h"})"), "to is missing"));
  CHECK(has(refusal(R"({"key":"1","webhook_id":"1","from":"now-2h","to":"now"})"), "give one of them"));
  CHECK(has(refusal(R"({"key":"","from":"now-2h","to":"now"})"), "key is empty"));
  CHECK(has(refusal(R"({"key":["1"],"from":"now-2h","to":"now"})"), "key: a string is wanted"));
  CHECK(has(refusal(R"({"key":"1","from":"2023-11-14T20:00:00","to":"now"})"), "from: "));
  CHECK(has(refusal(R"({"key":"1","from":"now-2h","to":"now","partition":"-1"})"), "partition: "));
  CHECK(has(refusal(R"({"key":"1","from":"now-2h","to":"now","partition":"1x"})"), "partition: "));
  CHECK(has(refusal(R"({"key":"1","from":"now-2h","to":"now","dry_run":"true"})"), "dry_run: "));
  CHECK(has(refusal(R"({"key":")" + std::string(1025, 'k') + R"(","from":"now-2h","to":"now"})"), "longer than 1024"));
  refusal("[]");
  refusal("");
  refusal("{\"key\":");
}

}  // namespace reprise::replay
