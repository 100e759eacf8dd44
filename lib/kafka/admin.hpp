#pragma once
#include <cstdint>
#include <map>
#include <stop_token>
#include <string>

#include "lib/kafka/error.hpp"
#include "lib/kafka/handles.hpp"

namespace reprise::kafka {

/// A topic to be created. replication -1: the broker's default.
struct TopicSpec {
  std::string name;
  int partitions = 1;
  int replication = -1;
  std::map<std::string, std::string> config;
};

/// OK also if the topic is there already, whatever its shape. Blocks until deadline or stop.
Result<> create_topic(rd_kafka_t* client, const TopicSpec& topic, Deadline deadline, std::stop_token stop = {});

/// More partitions for a topic; total is the new number. Blocks until deadline.
Result<> create_partitions(rd_kafka_t* client, const std::string& topic, std::size_t total, Deadline deadline);

/// Blocks until deadline.
Result<> delete_topic(rd_kafka_t* client, const std::string& topic, Deadline deadline);

/// Moves the partition's first offset up to `before`. Blocks until deadline.
Result<> delete_records(rd_kafka_t* client, const std::string& topic, std::int32_t partition, std::int64_t before,
                        Deadline deadline);

}  // namespace reprise::kafka
