#include "host/base/time_text.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t kNow = 1'763'719'200'000;  // 2025-11-21T10:00:00Z

// Sets the process' zone for a scope.
class Zone {
 public:
  explicit Zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    unsetenv("TZ");
    tzset();
  }
};

}  // namespace

TEST_CASE("RFC 3339 with a zone is read", "[base][time]") {
  struct Case {
    std::string_view text;
    std::int64_t ms;
  };
  const auto c = GENERATE(values<Case>({{"1970-01-01T00:00:00Z", 0},
                                        {"2025-11-21T10:00:00Z", kNow},
                                        {"2025-11-21t10:00:00z", kNow},
                                        {"2025-11-21 10:00:00Z", kNow},
                                        {"2025-11-21T11:00:00+01:00", kNow},
                                        {"2025-11-21T04:30:00-05:30", kNow},
                                        {"2025-11-21T10:00:00.5Z", kNow + 500},
                                        {"2025-11-21T10:00:00.123456Z", kNow + 123},
                                        {"2024-02-29T00:00:00Z", 1'709'164'800'000},
                                        {"now", kNow},
                                        {"now-2h", kNow - 7'200'000},
                                        {"now-5d", kNow - 432'000'000}}));
  CAPTURE(c.text);

  const auto time = reprise::parse_time(c.text, kNow);

  REQUIRE(time.ok());
  CHECK(*time == c.ms);
}

TEST_CASE("A time that could mean two things is refused with the way out", "[base][time]") {
  struct Case {
    std::string text, part;
  };
  const auto c = GENERATE(values<Case>({{"2025-11-21T10:00:00", "has no zone; append Z"},
                                        {"2025-11-21", "has a date only"},
                                        {"2025-11-21T10:00Z", "has no seconds"},
                                        {"2025-02-29T10:00:00Z", "day that does not exist"},
                                        {"2025-13-01T10:00:00Z", "day that does not exist"},
                                        {"2025-11-21T24:00:00Z", "hour above 23"},
                                        {"2025-11-21T10:60:00Z", "minute or second above 59"},
                                        {"2025-11-21T10:00:00.Z", "without digits"},
                                        {"2025-11-21T10:00:00+0100", "not of the form +01:00"},
                                        {"2025-11-21T10:00:00+25:00", "not of the form +01:00"},
                                        {"2025-11-21T10:00:00Z ", "is not a time"},
                                        {"1763719200000", "is not a time"},
                                        {"yesterday", "is not a time"},
                                        {"", "is not a time"},
                                        {"now+2h", "not of the form now-2h"},
                                        {"now-2", "has no duration"},
                                        {"now-999999999d", "lies before 1970"},
                                        {"1969-12-31T23:59:59Z", "lies before 1970"}}));
  CAPTURE(c.text);

  const auto time = reprise::parse_time(c.text, kNow);

  REQUIRE_FALSE(time.ok());
  CHECK(time.error().kind == "time.invalid");
  CHECK_THAT(time.error().message, Catch::Contains(c.part));
}

TEST_CASE("A time is shown in UTC, with milliseconds where there are any", "[base][time]") {
  CHECK(reprise::format_time(0) == "1970-01-01T00:00:00Z");
  CHECK(reprise::format_time(kNow) == "2025-11-21T10:00:00Z");
  CHECK(reprise::format_time(kNow + 7) == "2025-11-21T10:00:00.007Z");
  CHECK(reprise::format_time(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("A local time carries its offset and reads back the same", "[base][time]") {
  const Zone zone(GENERATE("UTC0", "TST-05:45", "TST+03:30"));

  const auto text = reprise::format_local_time(kNow + 250);

  CHECK(*reprise::parse_time(text, 0) == kNow + 250);
  CHECK(text.find('Z') == std::string::npos);
}

TEST_CASE("A local time is the wall clock of its zone", "[base][time]") {
  const Zone zone("TST-05:45");

  CHECK(reprise::format_local_time(kNow) == "2025-11-21T15:45:00+05:45");
}
