#include "lib/kafka/partitioner.hpp"

#include <librdkafka/rdkafka.h>
#include <catch2/catch.hpp>

#include <string>

using namespace reprise::kafka;

namespace {
std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
}  // namespace

TEST_CASE("murmur2 gives the numbers of Java's client", "[kafka][partitioner]") {
  // org.apache.kafka.common.utils.UtilsTest.testMurmur2
  const std::pair<std::string_view, std::int32_t> cases[] = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107},
  };
  for (const auto& [key, expected] : cases) {
    INFO(key);
    CHECK(static_cast<std::int32_t>(murmur2(bytes(key))) == expected);
  }
}

TEST_CASE("Partitions of keys are those of librdkafka's own partitioners", "[kafka][partitioner]") {
  for (int number = 0; number < 1000; ++number) {
    const std::string key = std::string(static_cast<std::size_t>(number % 13), 'k') + std::to_string(number * 7919);
    for (std::int32_t count : {1, 3, 12, 1000}) {
      CHECK(partition_for_key(Partitioner::Murmur2, bytes(key), count) ==
            rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), count, nullptr, nullptr));
      CHECK(partition_for_key(Partitioner::ConsistentRandom, bytes(key), count) ==
            rd_kafka_msg_partitioner_consistent(nullptr, key.data(), key.size(), count, nullptr, nullptr));
    }
  }
}

TEST_CASE("A partition that cannot be told is not guessed", "[kafka][partitioner]") {
  CHECK_FALSE(partition_for_key(Partitioner::Unknown, bytes("42"), 8).has_value());
  CHECK_FALSE(partition_for_key(Partitioner::ConsistentRandom, bytes(""), 8).has_value());
  CHECK_FALSE(parse_partitioner("java").has_value());
  CHECK(parse_partitioner("murmur2") == Partitioner::Murmur2);
}
