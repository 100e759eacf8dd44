// What a worker says of a source that reads nothing, and of one that answers no more.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/contract/faulty_worker.hpp"

using Catch::Matchers::Contains;
using reprise::contract::FaultyWorker;
using namespace std::chrono_literals;

namespace {

constexpr const char* kOfWell = "reprise_lag_records{connector=\"faulty\",partition=\"1\",task=\"0\",topic=\"asked\"}";
constexpr const char* kPartition = "{connector=\"faulty\",partition=\"0\",task=\"0\",topic=\"asked\"}";

/// The metrics once they do not hold the text, or after 20 s.
std::string await_without(const FaultyWorker& worker, const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  std::string metrics;
  do {
    std::this_thread::sleep_for(50ms);
    metrics = worker.await("/metrics", "reprise_task_state");
  } while (metrics.find(text) != std::string::npos && std::chrono::steady_clock::now() < deadline);
  return metrics;
}

/// Milliseconds of the day at which the line with this text was written.
long time_of(const std::string& log, const std::string& text) {
  const std::size_t at = log.find(text);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = log.rfind('\n', at) + 1;  // 2026-11-21T11:06:46.124Z
  const auto number = [&](std::size_t offset, std::size_t size) { return std::stol(log.substr(begin + offset, size)); };
  return ((number(11, 2) * 60 + number(14, 2)) * 60 + number(17, 2)) * 1000 + number(20, 3);
}

}  // namespace

TEST_CASE("A source has three seconds from its start to say where its partitions end", "[contract][worker]") {
  FaultyWorker worker("answers_by_file");
  worker.with_source("{plugin: fault-answers-by-file, start: earliest, path: \"" + worker.file("answering") + "\"}")
      .with_sink("{plugin: good-sink}")
      .start();

  const std::string log = worker.await_log("the source does not answer");

  CHECK(time_of(log, "the source does not answer") - time_of(log, "task started connector=faulty") >= 3000);
  worker.await_metric(kOfWell, "5");
  CHECK(worker.stop() == 0);
}

TEST_CASE("The end of a partition that nothing is read from is asked for, and unknown when nobody answers",
          "[contract][worker]") {
  FaultyWorker worker("answers_by_file");
  const std::string answering = worker.file("answering");
  field_test::write_file(answering, "yes");
  worker.with_source("{plugin: fault-answers-by-file, start: earliest, path: \"" + answering + "\"}")
      .with_sink("{plugin: good-sink}")
      .start();
  const std::string lag = std::string("reprise_lag_records") + kPartition;
  worker.await_metric(lag, "7");

  std::filesystem::remove(answering);
  const auto silent_since = std::chrono::steady_clock::now();

  static_cast<void>(worker.await("/health/live", "the source does not answer: [^\"]*nobody answers for partition 0"));
  CHECK(std::chrono::steady_clock::now() - silent_since < 5s);
  CHECK_THAT(worker.await_log("the source does not answer"), Contains("kind=fault.away"));
  CHECK_THAT(await_without(worker, lag), !Contains(lag));
  worker.await_metric(kOfWell, "5");
  static_cast<void>(
      worker.await("/metrics", "reprise_source_last_answer_seconds\\{connector=\"faulty\"[^}]*\\} [5-9]"));

  field_test::write_file(answering, "yes");

  worker.await_log("the source answers again");
  worker.await_metric(lag, "7");
  CHECK(worker.stop() == 0);
}
