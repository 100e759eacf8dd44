#include "host/telemetry/limits.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>

using namespace reprise::telemetry;

TEST_CASE("Too few open files are a finding with the way out", "[telemetry][limits]") {
  CHECK(judge_open_files(4096, 4096).empty());
  const auto few = judge_open_files(4095, 4095);
  REQUIRE(few.size() == 1);
  CHECK(few[0].message.find("may be too few") != std::string::npos);
  const auto too_few = judge_open_files(1023, 1023);
  REQUIRE(too_few.size() == 1);
  CHECK(too_few[0].message.find("is too few") != std::string::npos);
  CHECK(too_few[0].message.find("LimitNOFILE") != std::string::npos);
}

TEST_CASE("The soft limit of open files is raised to the hard one", "[telemetry][limits]") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit low{256, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);

  check_open_files();

  rlimit after{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &after) == 0);
  CHECK(after.rlim_cur == before.rlim_max);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("A nearly full disk is a finding, a missing folder is judged by its parent", "[telemetry][limits]") {
  CHECK(judge_disk("/x", kFreeDiskWanted).empty());
  CHECK(judge_disk("/x", kFreeDiskWanted - 1).size() == 1);
  const auto full = judge_disk("/x", 0);
  REQUIRE(full.size() == 1);
  CHECK(full[0].message.find("/x has 0 MiB free") == 0);
  for (const auto& finding : check_disk("/tmp/does/not/exist")) CHECK_FALSE(finding.is_fatal);
  const auto wrong = check_disk("/dev/null/x");
  REQUIRE(wrong.size() == 1);
  CHECK(wrong[0].is_fatal);
}

TEST_CASE("A clock that was never set stops the start", "[telemetry][limits]") {
  CHECK(check_wall_clock(1795255200000).empty());
  const auto unset = check_wall_clock(0);
  REQUIRE(unset.size() == 1);
  CHECK(unset[0].is_fatal);
  CHECK(unset[0].message.find("1970-01-01T00:00:00Z") != std::string::npos);
  CHECK(check_wall_clock(4102444800000).size() == 1);
}
