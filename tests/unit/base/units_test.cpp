#include "host/base/units.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("A duration is a whole number and a unit", "[base][units]") {
  CHECK(reprise::parse_duration("250ms") == 250ms);
  CHECK(reprise::parse_duration("0s") == 0ms);
  CHECK(reprise::parse_duration("10s") == 10s);
  CHECK(reprise::parse_duration("5m") == 5min);
  CHECK(reprise::parse_duration("2h") == 2h);
  CHECK(reprise::parse_duration("5d") == 120h);
  CHECK(reprise::parse_duration("106751991167d").has_value());

  const auto refused = GENERATE(as<std::string>(), "", "10", "s", "10 s", " 10s", "10s ", "-5s", "+5s", "1.5s", "05s",
                                "1e3s", "10S", "10sec", "1h30m", "106751991168d", "99999999999999999999s");
  CAPTURE(refused);
  CHECK_FALSE(reprise::parse_duration(refused).has_value());
}

TEST_CASE("A size is bytes, decimal or binary", "[base][units]") {
  CHECK(reprise::parse_size("0") == 0);
  CHECK(reprise::parse_size("512") == 512);
  CHECK(reprise::parse_size("16KiB") == 16'384);
  CHECK(reprise::parse_size("64MiB") == 67'108'864);
  CHECK(reprise::parse_size("2GiB") == 2'147'483'648);
  CHECK(reprise::parse_size("1kB") == 1'000);
  CHECK(reprise::parse_size("5MB") == 5'000'000);
  CHECK(reprise::parse_size("18446744073709551615") == UINT64_MAX);

  const auto refused = GENERATE(as<std::string>(), "", "KiB", "1 KiB", "-1", "+1", "1.5MiB", "010", "0x10", "64mib",
                                "64M", "1B", "18446744073709551616", "17179869184GiB");
  CAPTURE(refused);
  CHECK_FALSE(reprise::parse_size(refused).has_value());
}

TEST_CASE("What is formatted reads back the same", "[base][units]") {
  CHECK(reprise::format_duration(0ms) == "0s");
  CHECK(reprise::format_duration(90s) == "90s");
  CHECK(reprise::format_duration(120s) == "2m");
  CHECK(reprise::format_duration(1500ms) == "1500ms");
  CHECK(reprise::format_duration(48h) == "2d");
  CHECK(reprise::format_duration(-5ms) == "-5ms");
  CHECK(reprise::format_size(0) == "0");
  CHECK(reprise::format_size(512) == "512");
  CHECK(reprise::format_size(65'536) == "64KiB");
  CHECK(reprise::format_size(5'000'000) == "5MB");
  CHECK(reprise::format_size(67'108'864) == "64MiB");

  const auto ms = GENERATE(1, 999, 1'000, 60'000, 61'000, 86'400'000);
  CHECK(reprise::parse_duration(reprise::format_duration(std::chrono::milliseconds(ms))) ==
        std::chrono::milliseconds(ms));
  const auto bytes = GENERATE(1u, 1'000u, 1'024u, 1'536u, 3'000'000u, 1u << 30);
  CHECK(reprise::parse_size(reprise::format_size(bytes)) == bytes);
}
