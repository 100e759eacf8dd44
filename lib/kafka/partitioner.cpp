#include "lib/kafka/partitioner.hpp"

#include <librdkafka/rdkafka.h>

namespace reprise::kafka {

std::optional<Partitioner> parse_partitioner(std::string_view text) {
  if (text == "murmur2") return Partitioner::Murmur2;
  if (text == "consistent_random") return Partitioner::ConsistentRandom;
  if (text == "unknown") return Partitioner::Unknown;
  return std::nullopt;
}

std::uint32_t murmur2(std::span<const std::uint8_t> key) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr int kShift = 24;

  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(key.size());
  const std::size_t whole = key.size() & ~std::size_t{3};
  for (std::size_t i = 0; i < whole; i += 4) {
    std::uint32_t word = std::uint32_t{key[i]} | std::uint32_t{key[i + 1]} << 8 | std::uint32_t{key[i + 2]} << 16 |
                         std::uint32_t{key[i + 3]} << 24;
    word *= kMultiplier;
    word ^= word >> kShift;
    word *= kMultiplier;
    hash *= kMultiplier;
    hash ^= word;
  }
  const std::size_t rest = key.size() - whole;
  if (rest >= 3) hash ^= std::uint32_t{key[whole + 2]} << 16;
  if (rest >= 2) hash ^= std::uint32_t{key[whole + 1]} << 8;
  if (rest >= 1) {
    hash ^= key[whole];
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return hash;
}

std::optional<std::int32_t> partition_for_key(Partitioner partitioner, std::span<const std::uint8_t> key,
                                              std::int32_t partition_count) {
  switch (partitioner) {
    case Partitioner::Murmur2:
      return static_cast<std::int32_t>((murmur2(key) & 0x7fffffffU) % static_cast<std::uint32_t>(partition_count));
    case Partitioner::ConsistentRandom:
      // The library's own CRC-32: it looks at neither topic nor opaques. An empty key is spread at random.
      if (key.empty()) return std::nullopt;
      return rd_kafka_msg_partitioner_consistent(nullptr, key.data(), key.size(), partition_count, nullptr, nullptr);
    case Partitioner::Unknown:
      break;
  }
  return std::nullopt;
}

}  // namespace reprise::kafka
