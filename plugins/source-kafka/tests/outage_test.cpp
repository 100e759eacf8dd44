#include <catch2/catch.hpp>

#include <algorithm>

#include "lib/kafka/testing/own_broker.hpp"
#include "plugins/source-kafka/tests/reader.hpp"

using namespace reprise::kafka::testing;
using namespace reprise::source_kafka;

namespace {

std::vector<TestRecord> numbered(int first, int count) {
  std::vector<TestRecord> records;
  for (int i = first; i < first + count; ++i)
    records.push_back({.key = "k", .value = std::to_string(i), .timestamp_ms = 0, .partition = 0, .headers = {}});
  return records;
}

}  // namespace

TEST_CASE("A broker that is killed and comes back costs no record and needs no help", "[source-kafka]") {
  OwnBroker broker;
  REQUIRE_FALSE(broker.bootstrap_servers().empty());
  Cluster cluster(broker.bootstrap_servers());
  const std::string topic = cluster.create_topic(1);
  cluster.produce(topic, numbered(0, 100), {{"acks", "all"}});
  Reader reader(topic, {{"cluster.bootstrap_servers", broker.bootstrap_servers()}});
  REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
  ReadResult result = reader.read(1, 100, 20);
  REQUIRE(result.records.size() == 100);

  broker.stop();
  const auto is_degraded = [&] {
    const auto healths = reader.host().healths();
    return std::ranges::any_of(healths, [](const auto& health) {
      return health.state == REPRISE_DEGRADED && health.kind == "kafka.unreachable";
    });
  };
  REQUIRE(reader.host().run_until(
      [&] {
        reader.poll(1, result);
        return is_degraded();
      },
      30));
  CHECK(result.status == REPRISE_OK);
  CHECK(result.records.size() == 100);
  CHECK(reader.host().count_logs("cannot be reached") == 1);

  broker.start();
  cluster.produce(topic, numbered(100, 100));

  CHECK(reader.host().run_until(
      [&] {
        reader.poll(1, result);
        return result.records.size() >= 200;
      },
      30));
  CHECK(result.status == REPRISE_OK);
  REQUIRE(result.offsets.size() == 200);
  CHECK(result.offsets.back() == 199);
  CHECK(reader.host().run_until(
      [&] { return !reader.host().healths().empty() && reader.host().healths().back().state == REPRISE_UP; }, 30));
}

TEST_CASE("A source whose brokers went away stops at once, although lag tools wait for an offset", "[source-kafka]") {
  OwnBroker broker;
  REQUIRE_FALSE(broker.bootstrap_servers().empty());
  Cluster cluster(broker.bootstrap_servers());
  const std::string topic = cluster.create_topic(1);
  cluster.produce(topic, numbered(0, 100), {{"acks", "all"}});
  Reader reader(topic, {{"cluster.bootstrap_servers", broker.bootstrap_servers()}});
  REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
  ReadResult result = reader.read(1, 100, 20);
  REQUIRE(result.records.size() == 100);
  reprise_place place{};
  place.topic = {topic.data(), topic.size()};
  place.offset = 50;
  reader.host().source().commit(reader.host().self(), &place, 1);

  broker.stop();
  REQUIRE(reader.host().run_until(
      [&] {
        reader.poll(1, result);
        return reader.host().count_logs("cannot be reached") == 1;
      },
      30));
  place.offset = 100;
  reader.host().source().commit(reader.host().self(), &place, 1);
  const std::int64_t begin = deadline_ns(0);
  CHECK(reader.host().stop() == REPRISE_OK);
  CHECK((deadline_ns(0) - begin) / 1'000'000 < 5'000);
}

TEST_CASE("A source whose cluster is away starts, answers questions with a clear error, and stops at once",
          "[source-kafka]") {
  const std::int64_t begin = deadline_ns(0);
  {
    Reader reader("orders", {{"cluster.bootstrap_servers", "127.0.0.1:1"}});
    std::size_t count = 0;
    reprise_place place{};
    reprise_error error{};

    const reprise_status status =
        reader.host().source().partitions(reader.host().self(), {}, 0, &place, 1, &count, deadline_ns(1), &error);

    CHECK(status == REPRISE_RETRIABLE);
    CHECK(std::string(error.message).find("orders") != std::string::npos);
    REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
    ReadResult result;
    reader.poll(1, result);
    CHECK(result.status == REPRISE_OK);
    CHECK(result.records.empty());
  }
  CHECK(deadline_ns(0) - begin < 10'000'000'000);
}

TEST_CASE("A stop may be asked for while the source starts", "[source-kafka]") {
  PluginHost host(REPRISE_SOURCE_KAFKA, "test/source",
                  {{"cluster.bootstrap_servers", "127.0.0.1:1"}, {"topics.count", "1"}, {"topics.0", "orders"}},
                  [](const reprise_plugin& plugin, void* self) { plugin.request_stop(self); });

  CHECK(host.stop() == REPRISE_OK);
}
