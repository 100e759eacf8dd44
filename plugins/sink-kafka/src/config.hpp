#pragma once
#include <reprise/options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/kafka/admin.hpp"
#include "lib/kafka/conf.hpp"

namespace reprise::sink_kafka {

/// What the options say, checked. Immutable after construction; opens nothing.
struct Config {
  /// Throws Failure, with the option at fault.
  Config(const Options& options, std::string_view instance);

  std::string topic;  ///< empty: the record's own
  bool keeps_partition = false;
  bool keeps_timestamp = true;
  std::optional<kafka::TopicSpec> created_topic;
  kafka::ClientConf client;  ///< copied for each producer
};

/// A lib/kafka error in the SDK's form.
Failure to_failure(const kafka::Error& error);

}  // namespace reprise::sink_kafka
