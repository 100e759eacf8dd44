#include <catch2/catch.hpp>

#include "host/replay/local_job_store.hpp"
#include "host/runtime/stream_state.hpp"
#include "tests/unit/replay/faulty_store.hpp"
#include "tests/unit/replay/manual_clock.hpp"

namespace reprise::replay {
namespace {

struct Fixture {
  ManualClock clock;
  std::unique_ptr<state::Store> store = state::make_memory_store();
  LocalJobStore jobs{*store, clock, "first"};

  Job put(const std::string& id, const std::string& key) {
    Job job;
    job.id = id;
    job.connector = "replay";
    job.key = key;
    job.from_ms = 1;
    job.to_ms = 2;
    auto stored = jobs.put(job);
    REQUIRE(stored);
    return *stored;
  }
  Job claim(LocalJobStore& from, const std::string& incarnation, const JobStore::Wanted& wanted = {}) {
    auto claimed = from.claim(incarnation, wanted);
    REQUIRE(claimed);
    REQUIRE(*claimed);
    return **claimed;
  }
  void add_stream(const Job& job) {
    state::Batch batch;
    runtime::put_new_stream(batch, runtime::StreamKey::job_owner(job.id), "log", 0, "cluster", 5);
    REQUIRE(store->commit(batch));
  }
  bool has_stream(const Job& job) {
    const auto stream = runtime::load_stream(*store, runtime::StreamKey::job_owner(job.id), "log", 0);
    REQUIRE(stream);
    return stream->has_value();
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a job is put once") {
  const Job job = put("a", "42");
  CHECK(job.state == JobState::Open);
  CHECK(job.created_ms == clock.now_ms);
  claim(jobs, "first");
  const auto again = jobs.put(job);
  REQUIRE(again);
  CHECK(again->state == JobState::Started);  // what is there, untouched
  CHECK(jobs.list({})->size() == 1);
  CHECK(jobs.get("b").error().kind == "job.unknown");
}

TEST_CASE_METHOD(Fixture, "a webhook has one active job") {
  put("a", "42");
  Job second = put("b", "43");
  second.id = "c";
  second.key = "42";
  const auto refused = jobs.put(second);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == "job.conflict");
  CHECK(refused.error().message.find(" a ") != std::string::npos);
  CHECK(jobs.list({})->size() == 2);
  second.connector = "another";
  CHECK(jobs.put(second));
  REQUIRE(jobs.cancel("a"));
  put("d", "42");
}

TEST_CASE_METHOD(Fixture, "claims go by age, each once, each under a new epoch") {
  put("a", "1");
  put("b", "2");
  const Job first = claim(jobs, "first");
  CHECK(first.id == "a");
  CHECK(first.epoch == 1);
  CHECK(first.state == JobState::Started);
  CHECK(first.owner == "first");
  CHECK(claim(jobs, "first", [](const JobLine& job) { return job.id != "a"; }).id == "b");
  CHECK(jobs.release(first));
  CHECK_FALSE(jobs.claim("first", [](const JobLine&) { return false; })->has_value());
  CHECK(claim(jobs, "first").epoch == 2);
}

TEST_CASE_METHOD(Fixture, "a job without a last write is taken up again, as it was left") {
  put("a", "1");
  const Job lost = claim(jobs, "first");
  REQUIRE(jobs.cancel("a"));
  const Job again = claim(jobs, "first");
  CHECK(again.epoch == 2);
  CHECK(again.is_cancel_requested);
  CHECK(jobs.release(lost).error().kind == "job.fenced");
  CHECK(jobs.release(again)->state == JobState::Cancelled);
}

TEST_CASE_METHOD(Fixture, "a cancel that was accepted wins over the end of its job") {
  put("a", "1");
  Job job = claim(jobs, "first");
  REQUIRE(jobs.cancel("a"));
  job.state = JobState::Failed;
  job.error_message = "down";
  CHECK(jobs.finish(job, {})->state == JobState::Cancelled);
  CHECK(jobs.get("a")->error_message.empty());
}

TEST_CASE("claims and lists read what they give, however many jobs there are", "[replay]") {
  constexpr int kJobs = 5000;
  ManualClock clock;
  trial::FaultyStore store;
  state::Batch batch;
  for (int i = 0; i < kJobs; ++i) {
    Job job;
    job.id = "0" + std::to_string(100'000 + i);
    job.connector = i == 17 ? "rare" : "replay";
    job.key = std::to_string(i);
    batch.put("jj" + job.id, encode(job));
  }
  REQUIRE(store.commit(batch));
  LocalJobStore jobs(store, clock, "first");
  REQUIRE(jobs.claim("first", [](const JobLine& job) { return job.id == "0100009"; })->has_value());
  const std::size_t before = store.reads();

  REQUIRE(jobs.claim("first", [](const JobLine& job) { return job.id > "0100100"; })->has_value());
  CHECK(store.reads() - before == 1);

  const auto page = jobs.list({.before = "0100011", .limit = 3});
  REQUIRE(page);
  REQUIRE(page->size() == 3);
  CHECK(page->at(0).id == "0100010");
  CHECK(page->at(1).state == JobState::Started);
  CHECK(jobs.list({.connector = "rare"})->size() == 1);
  CHECK(store.reads() - before == 5);
}

TEST_CASE_METHOD(Fixture, "the next life of the worker takes over, and the former one is fenced") {
  put("a", "1");
  Job old = claim(jobs, "first");
  old.state = JobState::Ongoing;
  old.partitions = {{"log", 0, 5, 9, "cluster"}};
  REQUIRE(jobs.progress(old));
  LocalJobStore next(*store, clock, "second");
  const Job taken = claim(next, "second");
  CHECK(taken.epoch == 2);
  CHECK(taken.state == JobState::Ongoing);
  CHECK(taken.partitions == old.partitions);
  CHECK(jobs.heartbeat(old).error().kind == "job.fenced");
  CHECK(jobs.progress(old).error().kind == "job.fenced");
  CHECK(jobs.release(old).error().kind == "job.fenced");
  old.state = JobState::Completed;
  CHECK(jobs.finish(old, "{}").error().kind == "job.fenced");
  CHECK(next.get("a")->state == JobState::Ongoing);
}

TEST_CASE_METHOD(Fixture, "an ended job keeps its report and loses its streams") {
  put("a", "1");
  Job job = claim(jobs, "first");
  add_stream(job);
  job.state = JobState::Completed;
  job.outcome = "complete";
  REQUIRE(jobs.finish(job, "{\"missing\":0}"));
  CHECK(*jobs.report("a") == "{\"missing\":0}");
  CHECK_FALSE(has_stream(job));
  CHECK(jobs.get("a")->owner.empty());
  CHECK_FALSE(jobs.claim("second", {})->has_value());
  CHECK(jobs.cancel("a").error().kind == "job.conflict");
  CHECK(jobs.pause("a").error().kind == "job.conflict");
  CHECK(jobs.resume("a").error().kind == "job.conflict");
}

TEST_CASE_METHOD(Fixture, "a failed job keeps its streams and can go on") {
  put("a", "1");
  Job job = claim(jobs, "first");
  add_stream(job);
  job.partitions = {{"log", 0, 5, 9, "cluster"}};
  job.state = JobState::Failed;
  job.error_message = "down";
  REQUIRE(jobs.finish(job, {}));
  CHECK(has_stream(job));
  CHECK_FALSE(jobs.claim("second", {})->has_value());

  put("b", "1");  // its webhook is free meanwhile
  CHECK(jobs.resume("a").error().kind == "job.conflict");
  REQUIRE(jobs.cancel("b"));
  const auto resumed = jobs.resume("a");
  REQUIRE(resumed);
  CHECK(resumed->state == JobState::Ongoing);
  CHECK(resumed->error_message.empty());
  CHECK(claim(jobs, "first").epoch == 2);
}

TEST_CASE_METHOD(Fixture, "a running job is asked to cancel, another one is cancelled at once") {
  put("a", "1");
  Job job = claim(jobs, "first");
  add_stream(job);
  CHECK(jobs.cancel("a")->state == JobState::Started);
  CHECK(jobs.heartbeat(job)->is_cancel_requested);
  REQUIRE(jobs.progress(job));  // must not undo what was asked for
  CHECK(jobs.heartbeat(job)->is_cancel_requested);
  job.state = JobState::Cancelled;
  REQUIRE(jobs.finish(job, {}));
  CHECK_FALSE(has_stream(job));
  CHECK(jobs.cancel("a")->state == JobState::Cancelled);

  put("b", "1");
  const Job left = claim(jobs, "a process that is gone");
  add_stream(left);
  CHECK(jobs.cancel("b")->state == JobState::Cancelled);
  CHECK_FALSE(has_stream(left));
}

TEST_CASE_METHOD(Fixture, "a paused job waits until it is resumed") {
  put("a", "1");
  const Job job = claim(jobs, "first");
  REQUIRE(jobs.pause("a"));
  CHECK(jobs.heartbeat(job)->is_paused);
  REQUIRE(jobs.release(job));
  CHECK(jobs.get("a")->is_paused);
  CHECK_FALSE(jobs.claim("first", {})->has_value());
  CHECK_FALSE(LocalJobStore(*store, clock, "second").claim("second", {})->has_value());
  CHECK_FALSE(jobs.resume("a")->is_paused);
  CHECK(claim(jobs, "first").id == "a");
}

TEST_CASE_METHOD(Fixture, "watchers see every change, and old jobs are forgotten") {
  std::vector<std::string> seen;
  jobs.watch([&](const Job& job) { seen.push_back(job.id + " " + std::string(name_of(job.state))); });
  put("a", "1");
  claim(jobs, "first");
  CHECK(seen == std::vector<std::string>{"a OPEN", "a STARTED"});

  state::Batch batch;
  for (std::size_t i = 0; i < LocalJobStore::kKeptJobs + 5; ++i) {
    Job ended;
    ended.id = "0" + std::to_string(100'000 + i);
    ended.state = JobState::Completed;
    batch.put("jj" + ended.id, encode(ended));
  }
  REQUIRE(store->commit(batch));
  LocalJobStore next(*store, clock, "second");
  Job job;
  job.id = "b";
  REQUIRE(next.put(job));
  const auto left = next.list({.state = JobState::Completed});
  REQUIRE(left);
  CHECK(left->size() == LocalJobStore::kKeptJobs - 1);
  CHECK(left->front().id == "0" + std::to_string(100'000 + LocalJobStore::kKeptJobs + 4));
  CHECK(next.get("a"));
  CHECK(next.get("0100000").error().kind == "job.unknown");
}

}  // namespace reprise::replay
