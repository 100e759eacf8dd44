#pragma once
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/kafka/error.hpp"
#include "lib/kafka/handles.hpp"

namespace reprise::kafka {

// Questions to the cluster. All of them block until there is an answer, the deadline has passed or a stop is requested;
// they may run on any thread beside the client's other uses, but not on a shard's.

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
};

/// The partitions of these topics as the cluster knows them now, in order. A topic that does not exist is permanent,
/// kind kafka.unknown_topic, once it has been missing for two seconds: new topics take a moment to be known everywhere.
Result<std::vector<TopicPartition>> list_partitions(rd_kafka_t* client, std::span<const std::string> topics,
                                                    Deadline deadline, std::stop_token stop = {});

/// The cluster's id.
Result<std::string> cluster_id(rd_kafka_t* client, Deadline deadline, std::stop_token stop = {});

/// Times that stand for the first and the last offset.
inline constexpr std::int64_t kEarliest = -2;
inline constexpr std::int64_t kLatest = -1;

struct OffsetQuery {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t time_ms = kLatest;  ///< wall time, or kEarliest, kLatest (of read_committed: the last stable offset)
  std::int64_t offset = -1;        ///< the answer: of the first record at or after the time; -1: past the last record
};

/// Not OK: why some have no answer; their offset is left as it was. Retries while a partition has no leader or another one: librdkafka before 2.10 does not
/// look for the new leader by itself. The timeout is kept, unlike rd_kafka_query_watermark_offsets' before 2.3.
Result<> query_offsets(rd_kafka_t* client, std::span<OffsetQuery> queries, Deadline deadline,
                       std::stop_token stop = {});

}  // namespace reprise::kafka
