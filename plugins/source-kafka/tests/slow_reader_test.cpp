#include <catch2/catch.hpp>

#include <sys/resource.h>

#include <algorithm>

#include "lib/kafka/version.hpp"
#include "plugins/source-kafka/tests/reader.hpp"

using namespace reprise::kafka::testing;
using namespace reprise::source_kafka;

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double now_seconds() { return static_cast<double>(deadline_ns(0)) / 1e9; }

}  // namespace

// librdkafka before 2.2.0 sleeps about a second whenever its prefetch queue was full (DESIGN D16). A reader that takes
// 40,000 records a second out of 1 MiB queues then gets a tenth of them, with holes of a second.
TEST_CASE("A reader slower than the topic is never kept waiting", "[source-kafka]") {
  constexpr int kRecords = 100'000;
  constexpr double kPerSecond = 40'000;
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce_many(topic, 0, kRecords, 1024, {{"compression.codec", "snappy"}});
  Reader reader(topic, {{"queue_max_bytes", "1048576"}});
  REQUIRE(reader.open(1, 0, 0, kRecords) == REPRISE_OK);

  ReadResult result;
  double longest = 0;
  const double begin = now_seconds();
  double last = begin;
  const bool is_done = reader.host().run_until(
      [&] {
        while (static_cast<double>(result.records.size()) < (now_seconds() - begin) * kPerSecond) {
          const std::size_t before = result.records.size();
          reader.poll(1, result, 200);
          if (result.is_ended || result.records.size() == before) break;
          longest = std::max(longest, now_seconds() - last);
          last = now_seconds();
        }
        reader.host().take_resumed();
        return result.is_ended;
      },
      30);
  const double seconds = now_seconds() - begin;

  CHECK(is_done);
  CHECK(result.records.size() == kRecords);
  INFO("longest wait " << longest << " s, " << kRecords / seconds << " records/s");
  CHECK(longest < 0.4);
  CHECK(kRecords / seconds > 0.8 * kPerSecond);
}

TEST_CASE("A cursor that is caught up costs no time, and wakes for the next record", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce_many(topic, 0, 1'000, 1024);
  Reader reader(topic);
  REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
  REQUIRE(reader.read(1, 1'000, 20).records.size() == 1'000);
  ReadResult idle;
  reader.host().run_until(
      [&] {
        reader.poll(1, idle);
        return idle.is_idle;
      },
      10);

  const double cpu = cpu_seconds();
  const std::size_t ready = reader.host().ready_count();
  reader.host().run_until([] { return false; }, 2);

  // The test's own loop turns 20 times a second, and librdkafka fetches twice.
  CHECK(cpu_seconds() - cpu < 0.06);
  CHECK(reader.host().ready_count() - ready <= 2);
  const std::int64_t before = deadline_ns(0);
  cluster.produce(topic, {{.key = "k", .value = "late", .timestamp_ms = 0, .partition = 0, .headers = {}}});
  const ReadResult late = reader.read(1, 1, 10);
  REQUIRE(late.records.size() == 1);
  CHECK(late.records[0].value == "late");
  CHECK(deadline_ns(0) - before < 2'000'000'000);
}
