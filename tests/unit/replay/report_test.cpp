#include "host/replay/report.hpp"

#include <catch2/catch.hpp>

namespace reprise::replay {
namespace {

using runtime::MinuteCounts;
using runtime::Outcome;

MinuteCounts counts(const std::vector<std::pair<std::int64_t, Outcome>>& outcomes) {
  MinuteCounts result;
  for (const auto& [minute, outcome] : outcomes) result.count(minute * 60'000 + 17, outcome);
  return result;
}

const Report::Partition kFirst{"log", 0}, kSecond{"log", 1};

Looked looked(const Report::Partition& where, std::map<std::int64_t, std::uint64_t> minutes) {
  return {where.first, where.second, 0, 10, true, std::move(minutes)};
}

}  // namespace

TEST_CASE("every outcome accounts for one record of the log") {
  Report report;
  report.add_outcomes(kFirst, counts({{1, Outcome::Delivered}, {1, Outcome::Duplicate}, {2, Outcome::Filtered}}));
  report.add_outcomes(kSecond, counts({{2, Outcome::Delivered}, {3, Outcome::Absorbed}}));
  report.add_log(looked(kFirst, {{1, 2}, {2, 1}}));
  report.add_log(looked(kSecond, {{2, 1}, {3, 1}}));
  CHECK(report.missing() == 0);
  CHECK(report.total().log == 5);
  CHECK(report.total().counts.delivered == 2);
  CHECK(report.reasons({}).empty());
}

TEST_CASE("a surplus in one minute does not hide a gap in another") {
  Report report;
  report.add_outcomes(kFirst, counts({{1, Outcome::Delivered}, {1, Outcome::Delivered}}));
  report.add_log(looked(kFirst, {{1, 1}, {2, 1}}));
  CHECK(report.total().missing() == 0);
  CHECK(report.missing() == 1);
  CHECK(report.reasons({}) == std::vector<std::string>{"1 records of the log have no outcome"});
  CHECK(report.minutes(kFirst).at(1).surplus() == 1);
  CHECK(report.minutes(kFirst).at(2).missing() == 1);
}

TEST_CASE("a surplus in one partition does not hide a gap in another") {
  Report report;
  report.add_outcomes(kFirst, counts({{1, Outcome::Delivered}, {1, Outcome::Delivered}}));
  report.add_log(looked(kFirst, {{1, 1}}));
  report.add_log(looked(kSecond, {{1, 1}}));
  CHECK(report.missing() == 1);
  CHECK(report.total().all_surplus == 1);
  CHECK(report.reasons({}) == std::vector<std::string>{"1 records of the log have no outcome"});
}

TEST_CASE("what expired or was given up makes a job incomplete, and the report says so") {
  const Report report;
  Job job;
  job.partitions = {{"log", 0, 0, 9, "cluster"}, {"log", 1, 7, 9, "cluster"}};
  CHECK(report.reasons(job).empty());
  job.counters.expired = 1;
  CHECK_THAT(report.reasons(job).at(0), Catch::Contains("1 offsets expired while the job ran"));
  job.counters.expired = 0;
  job.counters.dead_lettered = 1234;
  CHECK_THAT(report.reasons(job).at(0), Catch::Contains("1,234 records went to the dead letters"));
  job.counters.dead_lettered = 0;
  job.partitions[1].is_cut = true;
  CHECK_THAT(report.reasons(job).at(0), Catch::Contains("expired before the job began: log-1 began at offset 7"));
  const auto json = config::parse_json(report.to_json(job, 1));
  REQUIRE(json);
  CHECK(json->find("reasons")->items.size() == 1);
}

TEST_CASE("the report is JSON with all its minutes") {
  Report report;
  report.add_outcomes(kFirst, counts({{28'333'333, Outcome::Delivered}}));
  report.add_log(looked(kFirst, {{28'333'333, 1}, {28'333'334, 1}}));
  Job job;
  job.id = "j";
  job.outcome = "incomplete";
  const auto json = config::parse_json(report.to_json(job, 1234));
  REQUIRE(json);
  CHECK(json->find("duration_ms")->text == "1234");
  CHECK(json->find("missing")->text == "1");
  REQUIRE(json->find("minutes")->items.size() == 2);
  CHECK(json->find("minutes")->items[0].find("minute")->text == "2023-11-14T22:13:00Z");
  CHECK(json->find("minutes")->items[1].find("missing")->text == "1");
  CHECK(json->find("total")->find("log")->text == "2");
  REQUIRE(json->find("looked")->items.size() == 1);
  CHECK(json->find("looked")->items[0].find("to")->text == "10");
  CHECK(json->find("looked")->items[0].find("log_end")->text == "true");
}

}  // namespace reprise::replay
