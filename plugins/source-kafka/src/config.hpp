#pragma once
#include <reprise/options.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/kafka/conf.hpp"
#include "lib/kafka/partitioner.hpp"

namespace reprise::source_kafka {

/// What the options say, checked. Immutable after construction; opens nothing.
struct Config {
  /// Throws Failure, with the option at fault. version: rd_kafka_version(), which decides the cure for full queues.
  Config(const Options& options, std::string_view instance, int version);

  std::string servers;  ///< where the cluster is, for those who read of its trouble
  std::vector<std::string> topics;
  kafka::Partitioner partitioner = kafka::Partitioner::Murmur2;
  bool reads_headers = true;
  std::uint64_t queue_max_bytes = 0;
  bool needs_waking = false;  ///< the library sleeps when its queue was full: an Attendant has to wake it
  kafka::ClientConf client;   ///< used up by start(); copy it
};

/// A lib/kafka error in the SDK's form.
Failure to_failure(const kafka::Error& error);

}  // namespace reprise::source_kafka
