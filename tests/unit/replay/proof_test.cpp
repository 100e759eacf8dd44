#include "tests/unit/replay/rig.hpp"

// Logs and sources that would deceive a job whose proof shares anything with what it proves.

using namespace reprise;
using namespace reprise::replay;
using trial::kLogStartMs;
using trial::kStepMs;
using trial::Rig;

namespace {

constexpr std::int64_t kHourMs = 3'600'000;

std::string dated(std::int64_t offset, std::int64_t ms) {
  return std::to_string(offset) + "=" + std::to_string(ms) + " ";
}
std::int64_t time_of(std::int64_t offset) { return kLogStartMs + offset * kStepMs; }
// Of keys k0 and k2.
std::string ahead(std::int64_t offset) { return dated(offset, time_of(offset) + kHourMs); }
std::string microseconds(std::int64_t offset) { return dated(offset, time_of(offset) * 1000); }

}  // namespace

TEST_CASE_METHOD(Rig, "Records of others that are dated ahead cut nothing off a range", "[replay][proof]") {
  add("odd", 0, 2000, ahead(102) + microseconds(200));

  const JobView view = await(submit(request("k1", 600, 900, "odd")), JobState::Completed);

  CHECK(lines() == values("k1", 600, 900));
  CHECK(view.job.outcome == "complete");
  CHECK(report_of(view).find("total")->find("log")->text == "100");
}

TEST_CASE_METHOD(Rig, "A record dated ahead at the log's start does not make older ones look lost", "[replay][proof]") {
  add("odd", 702, 2000, ahead(702) + microseconds(704));

  const JobView view = await(submit(request("k1", 800, 900, "odd")), JobState::Completed);

  CHECK(view.job.outcome == "complete");
  CHECK(lines() == values("k1", 800, 900));
  const auto gone = replays().submit(request("k1", 100, 300, "odd"));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == "request.expired");
}

TEST_CASE_METHOD(Rig, "A record that came late belongs to its time", "[replay][proof]") {
  add("late", 0, 9000, dated(8500, time_of(700)));  // of k1

  const JobView view = await(submit(request("k1", 600, 900, "late")), JobState::Completed);

  auto expected = values("k1", 600, 900);
  expected.emplace_back("8500");
  CHECK(lines() == expected);
  CHECK(view.job.outcome == "complete");
  CHECK(report_of(view).find("total")->find("log")->text == "101");
}

TEST_CASE_METHOD(Rig, "A source that skips an offset in the first reading is found out", "[replay][proof]") {
  write("skip", "700");  // of k1

  const JobView view = await(submit(request("k1", 600, 900)), JobState::Completed);

  CHECK(lines().size() == 99);
  CHECK(view.job.outcome == "incomplete");
  CHECK(report_of(view).find("missing")->text == "1");
}

TEST_CASE_METHOD(Rig, "A log that answers too high for a time is found out", "[replay][proof]") {
  set("late");

  const JobView view = await(submit(request("k1", 600, 900)), JobState::Completed);

  CHECK(lines() == values("k1", 650, 900));
  CHECK(view.job.outcome == "incomplete");
  CHECK(report_of(view).find("missing")->text == std::to_string(values("k1", 600, 650).size()));
}

TEST_CASE_METHOD(Rig, "What lies behind a day of other records is seen by a proof of the whole log only",
                 "[replay][proof]") {
  add("long", 0, 70'000, dated(69'001, time_of(700)));  // of k1
  const JobView shown = await(submit(request("k1", 600, 900, "long")), JobState::Completed);
  CHECK(report_of(shown).find("missing")->text == "0");
  const config::Value looked = report_of(shown).find("looked")->items.at(0);
  CHECK(looked.find("to")->text == std::to_string(1200 + 65'536));
  CHECK(looked.find("log_end")->text == "false");

  Request whole = request("k1", 600, 900, "long");
  whole.proof = ProofKind::Log;
  const JobView view = await(submit(whole), JobState::Completed);

  CHECK(view.job.outcome == "incomplete");
  CHECK(report_of(view).find("missing")->text == "1");
  CHECK(report_of(view).find("looked")->items.at(0).find("to")->text == "70000");
  CHECK(report_of(view).find("looked")->items.at(0).find("log_end")->text == "true");
}

TEST_CASE_METHOD(Rig, "The end of a range is found though reading for it takes long in each partition",
                 "[replay][proof]") {
  add("two", 0, 2000, {}, 2);
  set("slow");

  const JobView view = await(submit(request("k1", 600, 900, "two")), JobState::Completed);

  CHECK(view.job.outcome == "complete");
  CHECK(view.job.epoch == 1);
  CHECK(lines().size() == 2 * values("k1", 600, 900).size());
}

TEST_CASE_METHOD(Rig, "A proof looks at each partition though reading one takes long", "[replay][proof]") {
  add("two", 0, 2000, {}, 2);
  set("slow");
  Request whole = request("k1", 1750, 1900, "two");  // so near the log's end that its own end need not be looked for
  whole.proof = ProofKind::Log;

  const JobView view = await(submit(whole), JobState::Completed);

  CHECK(view.job.outcome == "complete");
  CHECK(view.job.epoch == 1);
  CHECK(report_of(view).find("looked")->items.size() == 2);
}
