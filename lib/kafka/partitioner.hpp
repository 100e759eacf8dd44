#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace reprise::kafka {

/// How the producer of a topic chose partitions for keys.
enum class Partitioner {
  Murmur2,           ///< Java's default, and librdkafka's murmur2 and murmur2_random
  ConsistentRandom,  ///< librdkafka's default: CRC-32
  Unknown,           ///< cannot be told: every partition has to be read
};

/// "murmur2", "consistent_random" or "unknown"; empty for anything else.
std::optional<Partitioner> parse_partitioner(std::string_view text);

/// Java's org.apache.kafka.common.utils.Utils.murmur2, bit for bit.
std::uint32_t murmur2(std::span<const std::uint8_t> key);

/// The partition of key, or empty where the partitioner spreads such keys at random. REQUIRES: partition_count > 0
std::optional<std::int32_t> partition_for_key(Partitioner partitioner, std::span<const std::uint8_t> key,
                                              std::int32_t partition_count);

}  // namespace reprise::kafka
