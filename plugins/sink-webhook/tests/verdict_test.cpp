#include "verdict.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace reprise::webhook;

TEST_CASE("Every status from 100 to 599 has the verdict of the table", "[webhook][verdict]") {
  const std::set<int> retriable{408, 425, 429};
  const std::set<int> endpoint{401, 403, 404, 410};
  for (int status = 100; status <= 599; ++status) {
    const Verdict verdict = judge(status);
    INFO(status);

    const bool is_delivered = status >= 200 && status < 300;
    const bool is_retriable = retriable.count(status) > 0 || (status >= 500 && status != 501 && status != 505);
    REQUIRE(verdict.status == (is_delivered ? REPRISE_OK : is_retriable ? REPRISE_RETRIABLE : REPRISE_PERMANENT));
    REQUIRE(verdict.about == (endpoint.count(status) > 0 ? REPRISE_ABOUT_ENDPOINT : REPRISE_ABOUT_RECORD));
    REQUIRE(verdict.disables_endpoint == (status == 410));
    REQUIRE(verdict.may_retry_after == (status == 429 || status == 503));
  }
}

TEST_CASE("Retry-After is read as seconds or as a date, and cut to an hour", "[webhook][verdict]") {
  const std::int64_t now_ms = 784111777'000;  // Sun, 06 Nov 1994 08:49:37 GMT

  REQUIRE(parse_retry_after("0", now_ms) == 0);
  REQUIRE(parse_retry_after("7", now_ms) == 7000);
  REQUIRE(parse_retry_after("3600", now_ms) == 3'600'000);
  REQUIRE(parse_retry_after("1000000000", now_ms) == 3'600'000);
  REQUIRE(parse_retry_after("99999999999999999999999999", now_ms) == 3'600'000);
  REQUIRE(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now_ms) == 30'000);
  REQUIRE(parse_retry_after("Sunday, 06-Nov-94 08:50:07 GMT", now_ms) == 30'000);
  REQUIRE(parse_retry_after("Sun Nov  6 08:50:07 1994", now_ms) == 30'000);
  REQUIRE(parse_retry_after("Mon, 07 Nov 1994 08:49:37 GMT", now_ms) == 3'600'000);
  REQUIRE(parse_retry_after("Sat, 05 Nov 1994 08:49:37 GMT", now_ms) == 0);
  REQUIRE(parse_retry_after("Thu, 29 Feb 2024 00:00:00 GMT", 1709164799'000) == 1000);
}

TEST_CASE("A Retry-After that is rubbish counts as none", "[webhook][verdict]") {
  const auto rubbish =
      GENERATE(as<std::string>{}, "", "-1", "abc", "1e9", "1.5", "tomorrow", "Sun, 06 Nov 1994 08:49:37",
               "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
               "a b c d e f g h i j k", ",,,,,,", "\0\0");

  INFO(rubbish);
  REQUIRE_FALSE(parse_retry_after(rubbish, 0).has_value());
}
