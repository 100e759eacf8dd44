#include "tests/unit/replay/rig.hpp"

// What is asked of a job while it begins and while it ends.

using namespace reprise;
using namespace reprise::replay;
using trial::Rig;

namespace {

/// Jobs that would run for ever, met at the moment when they are claimed.
struct Claims : Rig {
  Claims() { set("hold", true); }

  std::string just_claimed() {
    const std::string id = submit(request("k1", 600, 900));
    const BootTime deadline = clock().boot() + Seconds(20);
    while (replays().show(id)->job.state == JobState::Open) REQUIRE(clock().boot() < deadline);
    return id;
  }
};
constexpr int kRounds = 200;

}  // namespace

TEST_CASE_METHOD(Claims, "A cancel that comes as its job is claimed is not lost", "[replay][jobs]") {
  for (int round = 0; round < kRounds; ++round) {
    const std::string id = just_claimed();

    REQUIRE(replays().cancel(id));

    INFO("round " << round);
    await(id, JobState::Cancelled);
  }
}

TEST_CASE_METHOD(Claims, "A pause that comes as its job is claimed is not lost", "[replay][jobs]") {
  for (int round = 0; round < kRounds; ++round) {
    const std::string id = just_claimed();

    REQUIRE(replays().pause(id));

    INFO("round " << round);
    const JobView paused =
        await(id, [](const JobView& view) { return view.job.owner.empty() && !view.progress.is_running; });
    CHECK(paused.job.is_paused);
    REQUIRE(replays().cancel(id));
  }
}

TEST_CASE_METHOD(Rig, "A cancelled job whose last write fails once is cancelled all the same", "[replay][jobs]") {
  set("hold", true);
  const std::string id = submit(request("k1", 600, 900));
  await(id, [&](const JobView&) { return lines().size() == 40; });
  store().refuse_next(R"("state":"CANCELLED")");

  REQUIRE(replays().cancel(id));

  await(id, JobState::Cancelled);
  CHECK(store().has_refused());
  CHECK(replays().submit(request("k1", 0, 10)));
}

TEST_CASE_METHOD(Rig, "A paused job whose last write fails once goes on when it is resumed", "[replay][jobs]") {
  set("hold", true);
  const std::string id = submit(request("k1", 600, 900));
  await(id, [&](const JobView&) { return lines().size() == 40; });
  store().refuse_next(R"("owner":"")");

  REQUIRE(replays().pause(id));

  await(id, [](const JobView& view) { return !view.progress.is_running; });
  CHECK(store().has_refused());
  set("hold", false);
  REQUIRE(replays().resume(id));
  CHECK(await(id, JobState::Completed).job.outcome == "complete");
  CHECK(lines() == values("k1", 600, 900));
}

TEST_CASE_METHOD(Rig, "A stored job that cannot be read stands in nobody's way", "[replay][jobs]") {
  const std::string before = submit(request("k2", 600, 900));
  await(before, JobState::Completed);
  state::Batch batch;
  batch.put("jj0000000000000000000000bad", "{\"id\":");
  REQUIRE(store().commit(batch));
  restart();

  const auto listed = replays().list({});
  REQUIRE(listed);
  CHECK(listed->size() == 1);
  await(submit(request("k1", 600, 900)), JobState::Completed);
  const auto shown = replays().show("0000000000000000000000bad");
  REQUIRE_FALSE(shown);
  CHECK(shown.error().kind == "state.corrupt");
}
