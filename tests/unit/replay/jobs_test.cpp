#include <atomic>

#include "tests/unit/replay/rig.hpp"

using namespace reprise;
using namespace reprise::replay;
using namespace std::chrono_literals;
using trial::Rig;

TEST_CASE_METHOD(Rig, "A job delivers the records of its key and range, and proves it", "[replay][jobs]") {
  const std::string id = submit(request("k1", 600, 900));

  const JobView view = await(id, JobState::Completed);

  CHECK(lines() == values("k1", 600, 900));
  CHECK(view.job.outcome == "complete");
  CHECK(view.job.counters.delivered == 100);
  CHECK(view.job.counters.read == 900);  // five minutes more on both sides
  CHECK(view.progress.share() == 1.0);
  const config::Value report = report_of(view);
  CHECK(report.find("missing")->text == "0");
  CHECK(report.find("reasons")->items.empty());
  CHECK(report.find("total")->find("log")->text == "100");
  CHECK(report.find("minutes")->items.size() == 5);
  CHECK_FALSE(has_streams());
}

TEST_CASE_METHOD(Rig, "A dry run counts as a job does, sends nothing and stores no stream", "[replay][jobs]") {
  Request wanted = request("k1", 600, 900);
  wanted.is_dry_run = true;
  const std::string id = submit(wanted);

  const JobView view = await(id, JobState::Completed);

  CHECK(lines().empty());
  CHECK(view.job.counters.delivered == 100);
  CHECK(report_of(view).find("total")->find("log")->text == "100");
  CHECK_FALSE(has_streams());
}

TEST_CASE_METHOD(Rig, "A range that reaches behind the log's start makes the job incomplete", "[replay][jobs]") {
  const JobView cut = await(submit(request("k1", 600, 900, "cut")), JobState::Completed);
  CHECK(cut.job.outcome == "incomplete");
  CHECK(lines() == values("k1", 700, 900));
  REQUIRE(report_of(cut).find("reasons")->items.size() == 1);
  CHECK_THAT(report_of(cut).find("reasons")->items[0].text, Catch::Contains("trial-0 began at offset 700"));

  // From the start of the log on there is nothing to complain about, although the slack before it has gone.
  const JobView whole = await(submit(request("k1", 701, 900, "cut")), JobState::Completed);
  CHECK(whole.job.outcome == "complete");

  const auto gone = replays().submit(request("k1", 0, 300, "cut"));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == "request.expired");
}

TEST_CASE_METHOD(Rig, "A paused job goes on at the record", "[replay][jobs]") {
  set("hold", true);
  const std::string id = submit(request("k1", 600, 900));
  await(id, [&](const JobView&) { return lines().size() == 40; });

  REQUIRE(replays().pause(id));
  const JobView paused = await(id, [](const JobView& view) { return !view.progress.is_running; });
  CHECK(paused.job.state == JobState::Ongoing);
  CHECK(paused.job.is_paused);
  CHECK(paused.progress.counters.delivered == 40);
  CHECK(has_streams());

  set("hold", false);
  REQUIRE(replays().resume(id));
  CHECK(await(id, JobState::Completed).job.outcome == "complete");
  CHECK(lines() == values("k1", 600, 900));
}

TEST_CASE_METHOD(Rig, "A job whose connector was changed meanwhile goes on at its record, as it is configured now",
                 "[replay][jobs]") {
  const std::string how = GENERATE("stopped, changed, started", "paused, changed by a reload, resumed",
                                   "changed by a reload while it runs");
  INFO(how);
  const test::TempDirectory other;
  set("hold", true);
  const std::string id = submit(request("k1", 600, 900));
  await(id, [&](const JobView&) { return lines().size() == 40; });

  if (how.starts_with("stopped")) {
    end();
    change_sink(other.path());
    begin();
  } else if (how.starts_with("changed")) {
    change_sink(other.path());
    reload();
  } else {
    REQUIRE(replays().pause(id));
    await(id, [](const JobView& view) { return !view.progress.is_running; });
    change_sink(other.path());
    reload();
    REQUIRE(replays().resume(id));
  }

  CHECK(await(id, JobState::Completed).job.outcome == "complete");
  std::vector<std::string> all = lines();
  CHECK(all.size() == 40);
  for (const std::string& line : lines_in(other.path())) all.push_back(line);
  CHECK(all == values("k1", 600, 900));
}

TEST_CASE_METHOD(Rig, "A cancelled job leaves nothing behind but itself", "[replay][jobs]") {
  set("hold", true);
  const std::string id = submit(request("k1", 600, 900));
  await(id, [&](const JobView&) { return lines().size() == 40; });
  const auto second = replays().submit(request("k1", 0, 10));
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == "job.conflict");
  CHECK_THAT(second.error().message, Catch::Contains(id));

  REQUIRE(replays().cancel(id));
  const JobView view = await(id, JobState::Cancelled);

  CHECK(view.job.counters.delivered == 40);
  CHECK_FALSE(has_streams());
  CHECK(lines().size() == 40);
  set("hold", false);
  await(submit(request("k1", 0, 10)), JobState::Completed);
}

TEST_CASE_METHOD(Rig, "A job that was running when its worker stopped goes on in the next one", "[replay][jobs]") {
  set("hold", true);
  const std::string id = submit(request("k1", 600, 900));
  await(id, [&](const JobView&) { return lines().size() == 40; });
  end();
  set("hold", false);

  begin();

  const JobView view = await(id, JobState::Completed);
  CHECK(view.job.epoch == 2);
  CHECK(view.job.outcome == "complete");
  CHECK(lines() == values("k1", 600, 900));
}

TEST_CASE_METHOD(Rig, "A job that is refused a record fails, and goes on when that is mended", "[replay][jobs]") {
  set("refuse", true);
  const std::string id = submit(request("k1", 600, 900));
  const JobView failed = await(id, JobState::Failed);
  CHECK(failed.job.error_kind == "trial.refused");
  CHECK_THAT(failed.job.error_message, Catch::Contains("the endpoint does not want it"));
  CHECK(has_streams());

  set("refuse", false);
  REQUIRE(replays().resume(id));

  CHECK(await(id, JobState::Completed).job.outcome == "complete");
  CHECK(lines() == values("k1", 600, 900));
}

TEST_CASE_METHOD(Rig, "While its endpoint is down a job says so in one line", "[replay][jobs]") {
  set("down", true);
  const std::string id = submit(request("k1", 600, 900));

  const JobView view = await(
      id, [](const JobView& each) { return !each.progress.waits().empty() && each.progress.counters.retries > 0; });

  CHECK_THAT(view.progress.waits(), Catch::Contains("retries; last trial.down: the endpoint is down"));
  CHECK(view.progress.waits().find('\n') == std::string::npos);
  set("down", false);
  const JobView done = await(id, JobState::Completed);
  CHECK(done.progress.waits().empty());
  CHECK(done.job.counters.retries > 0);
  CHECK(done.job.outcome == "complete");
}

TEST_CASE_METHOD(Rig, "A request that cannot be answered changes nothing", "[replay][jobs]") {
  const auto kind = [&](const Request& wanted) {
    const auto job = replays().submit(wanted);
    REQUIRE_FALSE(job);
    return job.error().kind;
  };

  CHECK(kind(request("nobody", 0, 10)) == "unknown.webhook");
  CHECK(kind(request("k1", 10, 10)) == "request.range");
  CHECK(kind(request("k1", 0, 10, "elsewhere")) == "unknown.connector");
  CHECK(kind(request("k1", 0, 10, "")) == "request.connector");
  CHECK(kind(request("k1", 0, 10, "absent")) == "unknown.topic");
  Request other_partition = request("k1", 0, 10);
  other_partition.partition = 7;
  CHECK(kind(other_partition) == "unknown.partition");
  CHECK(replays().list({})->empty());
}

TEST_CASE_METHOD(Rig, "A stop ends a request and a job that wait for the log, and nothing is lost", "[replay][jobs]") {
  const std::string first = submit(request("k1", 600, 900));
  await(first, JobState::Completed);
  set("hold", true);
  const std::string id = submit(request("k2", 600, 900));
  await(id, [&](const JobView&) { return lines().size() == 140; });
  end();
  set("hold", false);
  set("away", true);
  begin();  // its runner asks for the log, and waits
  const JobView waiting = await(id, [](const JobView& view) { return view.progress.is_asking; });
  CHECK(waiting.progress.waits() == "the log does not answer yet");
  CHECK(waiting.progress.counters.delivered == 40);  // as it stands, not from 0
  CHECK(waiting.progress.share() > 0);
  Status told = Status::Fatal;
  std::atomic<bool> is_told{false};
  replays().submit_async(request("k0", 600, 900), [&](const Result<Job>& job) {
    told = job ? Status::Permanent : job.error().status;
    is_told = true;
  });

  const BootTime began = clock().boot();
  end();

  CHECK(clock().boot() - began < 3s);
  CHECK(is_told);
  CHECK(told == Status::Retriable);
  set("away", false);
  begin();
  CHECK(await(id, JobState::Completed).job.outcome == "complete");
  CHECK(lines().size() == 200);
  CHECK(replays().list({})->size() == 2);
}
