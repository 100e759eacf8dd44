#include <catch2/catch.hpp>

#include <map>

#include "plugins/source-kafka/tests/reader.hpp"

using namespace reprise::kafka::testing;
using namespace reprise::source_kafka;

TEST_CASE("Records of every codec are read as they were written", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  const std::vector<std::string> codecs{"none", "gzip", "snappy", "lz4", "zstd"};
  for (const std::string& codec : codecs) {
    cluster.produce_many(topic, 0, 500, 1024, {{"compression.codec", codec}, {"client.id", codec}});
  }

  const ReadResult read = read_range(topic, 0, 2500);

  REQUIRE(read.records.size() == 2500);
  CHECK(read.gaps == 0);
  CHECK(read.is_ended);
  for (std::size_t i = 0; i < read.records.size(); ++i) {
    const std::size_t number = i % 500;
    INFO(codecs[i / 500] << " " << number);
    REQUIRE(read.records[i].key == std::to_string(number));
    REQUIRE(read.records[i].value->starts_with("{\"id\":" + std::to_string(number) + ","));
    REQUIRE(read.records[i].value->size() == 1024);
  }
}

TEST_CASE("Keys, values, headers and times keep their form, null included", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  const std::int64_t yesterday =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count() -
      86'400'000;
  cluster.produce(
      topic, {{.key = std::nullopt, .value = std::nullopt, .timestamp_ms = yesterday, .partition = 0, .headers = {}},
              {.key = "",
               .value = "",
               .timestamp_ms = yesterday + 1,
               .partition = 0,
               .headers = {{"empty", ""}, {"null", std::nullopt}, {"a", "1"}, {"a", "2"}}},
              {.key = std::string("\0k", 2),
               .value = std::string("\xff\0", 2),
               .timestamp_ms = yesterday + 2,
               .partition = 0,
               .headers = {{"b", std::string("\0", 1)}}}});

  SECTION("with headers") {
    const ReadResult read = read_range(topic, 0, 3);

    REQUIRE(read.records.size() == 3);
    CHECK_FALSE(read.records[0].key.has_value());
    CHECK_FALSE(read.records[0].value.has_value());
    CHECK(read.records[0].headers.empty());
    CHECK(read.records[1].key == "");
    CHECK(read.records[1].value == "");
    REQUIRE(read.records[1].headers.size() == 4);
    CHECK(read.records[1].headers[0].second == "");
    CHECK_FALSE(read.records[1].headers[1].second.has_value());
    CHECK(read.records[1].headers[3] == std::pair<std::string, std::optional<std::string>>("a", "2"));
    CHECK(read.records[2].key == std::string("\0k", 2));
    CHECK(read.records[2].value == std::string("\xff\0", 2));
    REQUIRE(read.records[2].headers.size() == 1);
    CHECK(read.records[2].headers[0].second == std::string("\0", 1));
    CHECK(read.records[1].timestamp_ms == yesterday + 1);
  }
  SECTION("without headers, when nobody wants them") {
    const ReadResult read = read_range(topic, 0, 3, {{"headers", "false"}});

    REQUIRE(read.records.size() == 3);
    CHECK(read.records[1].headers.empty());
  }
}
