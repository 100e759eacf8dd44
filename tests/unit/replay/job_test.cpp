#include "host/replay/job.hpp"

#include <catch2/catch.hpp>

namespace reprise::replay {
namespace {

Job full_job() {
  Job job;
  job.id = make_job_id(1'700'000'000'123);
  job.connector = "account-activity-replay";
  job.key = "42 \"\\\n\xC3\xA9";
  job.from_ms = 1'700'000'000'000;
  job.to_ms = 1'700'000'060'000;
  job.partition = 7;
  job.is_dry_run = true;
  job.state = JobState::Ongoing;
  job.is_paused = true;
  job.is_cancel_requested = true;
  job.epoch = 9'000'000'000'000'000'000;
  job.owner = "somebody";
  job.created_ms = 1;
  job.updated_ms = 2;
  job.error_kind = "http.500";
  job.error_message = "it is down";
  job.warnings = {"one", "two"};
  job.partitions = {{"log", 0, 10, 20, "cluster"}, {"log", 11, 0, 9'000'000'000'000, "", true}};
  job.counters.read = 10;
  job.counters.not_selected = 3;
  job.counters.delivered = 6;
  job.counters.duplicate = 1;
  job.counters.delivered_bytes = 1u << 31;
  job.outcome = "incomplete";
  return job;
}

}  // namespace

TEST_CASE("a job reads back as it was written") {
  Job job = full_job();
  for (const std::int32_t partition : {7, kPartitionOfKey, kAllPartitions}) {
    job.partition = partition;
    const auto read = decode(encode(job));
    REQUIRE(read);
    CHECK(*read == job);
  }
  const auto empty = decode(encode(Job{}));
  REQUIRE(empty);
  CHECK(*empty == Job{});
}

TEST_CASE("what is no job is corrupt") {
  const std::string text = encode(full_job());
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), text.substr(0, text.size() / 2)}) {
    const auto read = decode(bad);
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == "state.corrupt");
  }
  std::string no_state = text;
  no_state.replace(no_state.find("ONGOING"), 7, "ELSEWHE");
  CHECK_FALSE(decode(no_state));
}

TEST_CASE("ids sort by time and do not repeat") {
  CHECK(make_job_id(1'700'000'000'000) < make_job_id(1'700'000'000'001));
  CHECK(make_job_id(999) < make_job_id(1'700'000'000'000));
  CHECK(make_job_id(5) != make_job_id(5));
  CHECK(make_job_id(5).size() == 26);
}

TEST_CASE("states have Kafka-like names") {
  for (const JobState state : {JobState::Open, JobState::Started, JobState::Ongoing, JobState::Completed,
                               JobState::Failed, JobState::Cancelled}) {
    CHECK(parse_state(name_of(state)) == state);
  }
  CHECK_FALSE(parse_state("open"));
  CHECK(is_active(JobState::Ongoing));
  CHECK_FALSE(is_active(JobState::Failed));
}

}  // namespace reprise::replay
