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

}  // namespace

TEST_CASE("every outcome accounts for one record of the log") {
  Report report;
  report.add_outcomes(counts({{1, Outcome::Delivered}, {1, Outcome::Duplicate}, {2, Outcome::Filtered}}));
  report.add_outcomes(counts({{2, Outcome::Delivered}, {3, Outcome::Absorbed}}));  // another partition
  report.add_log(counts({{1, Outcome::Delivered}, {1, Outcome::Delivered}, {2, Outcome::Delivered}}));
  report.add_log(counts({{2, Outcome::Delivered}, {3, Outcome::Delivered}}));
  CHECK(report.missing() == 0);
  CHECK(report.total().log == 5);
  CHECK(report.total().counts.delivered == 2);
  CHECK(report.is_complete({}));
}

TEST_CASE("a surplus in one minute does not hide a gap in another") {
  Report report;
  report.add_outcomes(counts({{1, Outcome::Delivered}, {1, Outcome::Delivered}}));
  report.add_log(counts({{1, Outcome::Delivered}, {2, Outcome::Delivered}}));
  CHECK(report.total().missing() == 0);
  CHECK(report.missing() == 1);
  CHECK_FALSE(report.is_complete({}));
  CHECK(report.minutes().at(1).missing() == -1);
  CHECK(report.minutes().at(2).missing() == 1);
}

TEST_CASE("what expired or was given up makes a job incomplete") {
  const Report report;
  runtime::Counters counters;
  CHECK(report.is_complete(counters));
  counters.expired = 1;
  CHECK_FALSE(report.is_complete(counters));
  counters.expired = 0;
  counters.dead_lettered = 1;
  CHECK_FALSE(report.is_complete(counters));
}

TEST_CASE("the report is JSON with all its minutes") {
  Report report;
  report.add_outcomes(counts({{28'333'333, Outcome::Delivered}}));
  report.add_log(counts({{28'333'333, Outcome::Delivered}, {28'333'334, Outcome::Delivered}}));
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
}

}  // namespace reprise::replay
