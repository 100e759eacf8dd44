#include <catch2/catch.hpp>

#include <array>

#include "lib/kafka/partitioner.hpp"
#include "plugins/source-kafka/tests/reader.hpp"

using namespace reprise::kafka::testing;
using namespace reprise::source_kafka;

namespace {
reprise_text text(const std::string& string) { return {string.data(), string.size()}; }
std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}
}  // namespace

TEST_CASE("A cluster that cannot be reached is named by its addresses, within the deadline", "[source-kafka]") {
  Reader reader("orders", {{"cluster.bootstrap_servers", "127.0.0.1:1"}});
  std::array<reprise_place, 1> places{};
  std::size_t count = 0;
  reprise_error error{};
  auto& host = reader.host();
  const auto begin = std::chrono::steady_clock::now();

  const auto status = host.source().partitions(host.self(), {nullptr, 0}, 0, places.data(), places.size(), &count,
                                               deadline_ns(2), &error);

  CHECK(status == REPRISE_RETRIABLE);
  CHECK(std::string(error.message).find("(cluster at 127.0.0.1:1)") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
}

TEST_CASE("Places are resolved: earliest, latest, and the first record at or after a time", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(2);
  const std::int64_t base = now_ms() - 3'600'000;
  std::vector<TestRecord> records;
  for (int i = 0; i < 100; ++i)
    records.push_back({.key = "k", .value = "v", .timestamp_ms = base + i * 1000, .partition = 0, .headers = {}});
  cluster.produce(topic, records);
  cluster.delete_records(topic, 0, 5);
  Reader reader(topic);

  std::array<reprise_place, 6> places{};
  for (auto& place : places)
    place = {.topic = text(topic), .partition = 0, .at = REPRISE_AT_TIME, .time_ms = 0, .offset = -7};
  places[0].at = REPRISE_AT_EARLIEST;
  places[1].at = REPRISE_AT_LATEST;
  places[2].time_ms = base + 50'000;
  places[3].time_ms = base + 50'001;
  places[4].time_ms = base + 1'000'000;
  places[5] = {.topic = text(topic), .partition = 1, .at = REPRISE_AT_LATEST, .time_ms = 0, .offset = -7};
  reprise_error error{};
  REQUIRE(reader.host().source().resolve(reader.host().self(), places.data(), places.size(), deadline_ns(10), &error) ==
          REPRISE_OK);

  CHECK(places[0].offset == 5);
  CHECK(places[1].offset == 100);
  CHECK(places[2].offset == 50);
  CHECK(places[3].offset == 51);
  CHECK(places[4].offset == -1);
  CHECK(places[5].offset == 0);
}

TEST_CASE("New partitions are noticed, in pages of any size", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(2);
  Reader reader(topic);
  const auto list = [&] {
    std::vector<std::int32_t> numbers;
    for (;;) {
      std::array<reprise_place, 2> page{};
      std::size_t count = 0;
      reprise_error error{};
      REQUIRE(reader.host().source().partitions(reader.host().self(), {}, numbers.size(), page.data(), page.size(),
                                                &count, deadline_ns(10), &error) == REPRISE_OK);
      if (count == 0) return numbers;
      for (std::size_t i = 0; i < count; ++i) numbers.push_back(page[i].partition);
    }
  };
  CHECK(list() == std::vector<std::int32_t>{0, 1});

  cluster.add_partitions(topic, 5);

  CHECK(reader.host().run_until([&] { return list().size() == 5; }, 10));
  cluster.produce(topic, {{.key = "k", .value = "new", .timestamp_ms = 0, .partition = 4, .headers = {}}});
  REQUIRE(reader.open(1, 4, 0) == REPRISE_OK);
  CHECK(reader.read(1, 1, 10).records.at(0).value == "new");
}

TEST_CASE("A topic that does not exist is a permanent, clear error", "[source-kafka]") {
  Reader reader("test.no.such.topic");
  std::array<reprise_place, 2> page{};
  std::size_t count = 0;
  reprise_error error{};

  const reprise_status status = reader.host().source().partitions(reader.host().self(), {}, 0, page.data(), page.size(),
                                                                  &count, deadline_ns(10), &error);

  CHECK(status == REPRISE_PERMANENT);
  CHECK(std::string(error.kind) == "kafka.unknown_topic");
  CHECK(std::string(error.message).find("test.no.such.topic") != std::string::npos);
}

TEST_CASE("The partition of a key is where the producer puts it", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(6);
  std::vector<TestRecord> records;
  for (int i = 0; i < 50; ++i)
    records.push_back(
        {.key = std::to_string(i), .value = "v", .timestamp_ms = 0, .partition = RD_KAFKA_PARTITION_UA, .headers = {}});
  Reader reader(topic);
  const auto ask = [&](const std::string& key, std::int32_t* partition, reprise_error* error) {
    return reader.host().source().partition_for_key(reader.host().self(), text(topic),
                                                    {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()},
                                                    partition, deadline_ns(10), error);
  };

  cluster.produce(topic, records, {{"partitioner", "murmur2_random"}});

  for (std::int32_t partition = 0; partition < 6; ++partition) {
    for (const TestRecord& record : cluster.read_all(topic, partition)) {
      std::int32_t answer = -1;
      reprise_error error{};
      REQUIRE(ask(*record.key, &answer, &error) == REPRISE_OK);
      CHECK(answer == partition);
    }
  }
  Reader unknown(topic, {{"partitioner", "unknown"}});
  std::int32_t answer = -1;
  reprise_error error{};
  CHECK(unknown.host().source().partition_for_key(unknown.host().self(), text(topic), {}, &answer, deadline_ns(10),
                                                  &error) == REPRISE_PERMANENT);
}

TEST_CASE("The log's name is the cluster's id, and a commit is visible to lag tools", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce_many(topic, 0, 10, 100);
  Reader reader(topic, {{"group_id", topic}});
  reprise_text id{};
  reprise_error error{};
  REQUIRE(reader.host().source().log_id(reader.host().self(), &id, deadline_ns(10), &error) == REPRISE_OK);
  CHECK(id.size >= 16);

  REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
  CHECK(reader.read(1, 10, 10).records.size() == 10);
  const reprise_place place{.topic = text(topic), .partition = 0, .at = 0, .time_ms = 0, .offset = 7};

  reprise::kafka::ClusterOptions options;
  options.bootstrap_servers = cluster.bootstrap_servers();
  auto conf = reprise::kafka::ClientConf::make(options, "lag");
  REQUIRE(conf.value().set("group.id", topic).ok());
  struct Silent final : reprise::kafka::ClientEvents {
    void on_log(int, std::string_view) override {}
    void on_error(rd_kafka_resp_err_t, std::string_view) override {}
  } silent;
  const auto lag = conf.value().make_consumer(silent);
  REQUIRE(lag.ok());
  const auto is_committed = [&] {
    reader.host().source().commit(reader.host().self(), &place, 1);
    const reprise::kafka::Partitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0);
    return rd_kafka_committed(lag.value().get(), list.get(), 2000) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           list->elems[0].offset == 7;
  };
  CHECK(reader.host().run_until(is_committed, 30));
}

TEST_CASE("Asked where a topic ends that was deleted, the source names the topic, within a second", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce_many(topic, 0, 3, 10);
  Reader reader(topic);
  REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
  REQUIRE(reader.read(1, 3, 20).records.size() == 3);
  reprise_error error{};
  const auto ask = [&] {
    reprise_place place{.topic = text(topic), .partition = 0, .at = REPRISE_AT_LATEST, .time_ms = -1, .offset = -1};
    return reader.host().source().resolve(reader.host().self(), &place, 1, deadline_ns(1), &error);
  };
  REQUIRE(ask() == REPRISE_OK);

  cluster.delete_topic(topic);

  REQUIRE(reader.host().run_until([&] { return ask() != REPRISE_OK; }, 3));
  const std::string other = cluster.create_topic(1);
  cluster.produce_many(other, 0, 4, 10);
  std::array<reprise_place, 2> both{};
  for (auto& place : both)
    place = {.topic = text(topic), .partition = 0, .at = REPRISE_AT_LATEST, .time_ms = -1, .offset = -1};
  both[1].topic = text(other);
  CHECK(reader.host().source().resolve(reader.host().self(), both.data(), both.size(), deadline_ns(2), &error) !=
        REPRISE_OK);
  CHECK(both[1].offset == 4);
  for (int again = 0; again < 5; ++again) {
    INFO(error.message);
    CHECK(std::string(error.kind) == "kafka.unknown_topic");
    CHECK(std::string(error.message).find(topic) != std::string::npos);
    CHECK(ask() != REPRISE_OK);
  }
}
