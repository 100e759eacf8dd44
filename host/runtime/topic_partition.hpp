#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>

namespace reprise::runtime {

/// A partition of a topic.
struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// Where partitions end: the offset after the last record.
using PartitionEnds = std::map<TopicPartition, std::int64_t>;

}  // namespace reprise::runtime
