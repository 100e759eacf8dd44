#include "plugins/sink-kafka/src/config.hpp"

#include <map>

namespace reprise::sink_kafka {
namespace {

template <class T>
T or_throw(kafka::Result<T> result) {
  if (!result.ok()) throw to_failure(result.error());
  return std::move(result.value());
}

kafka::ClientConf make_client(const Options& options, std::string_view instance) {
  const auto cluster = kafka::read_cluster([&](std::string_view name) { return options.find(name); });
  kafka::ClientConf conf = or_throw(kafka::ClientConf::make(cluster, "reprise-" + std::string(instance)));
  const std::pair<std::string_view, std::string> properties[] = {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      // One request at a time. On a partition that is new to the producer a broker takes any first sequence number: were the first
      // batch refused (the leader is not there yet) and the second one taken, librdkafka would report both as delivered.
      {"max.in.flight.requests.per.connection", "1"},
      {"partitioner", "murmur2_random"},
      {"compression.codec", std::string(options.text("compression", "snappy"))},
      {"linger.ms", std::to_string(options.duration("linger", std::chrono::milliseconds(5)).count())},
      {"delivery.timeout.ms", std::to_string(options.duration("delivery_timeout", std::chrono::seconds(30)).count())},
      {"message.max.bytes", std::to_string(options.size("max_record_bytes", 1 << 20))},
      // A missing topic is told soon; the host decides how long to try.
      {"topic.metadata.propagation.max.ms", "3000"},
  };
  for (const auto& [property, value] : properties) or_throw(conf.set(property, value));
  for (const std::string_view level :
       {"cluster.client", "client"}) {  // a connector's word counts more than its cluster's
    std::map<std::string, std::string> wishes;
    for (const auto& [name, value] : options.entries(level)) wishes.emplace(name, value);
    or_throw(conf.override_with(wishes, level));
  }
  return conf;
}

}  // namespace

Failure to_failure(const kafka::Error& error) {
  Failure failure(error.status, error.kind, error.message);
  failure.code(error.code).option(error.option);
  if (error.is_about_endpoint) failure.about_endpoint();
  return failure;
}

Config::Config(const Options& options, std::string_view instance) : client(make_client(options, instance)) {
  const bool is_fixed = options.text("topic_by", "fixed") == "fixed";
  topic = std::string(options.text("topic", ""));
  if (is_fixed && topic.empty())
    throw options.bad("topic", "is required; topic_by: source writes to the topic a record came from");
  if (!is_fixed && !topic.empty())
    throw options.bad("topic", "is not used with topic_by: source; leave one of them out");
  keeps_partition = options.text("partition_by", "key") == "source";
  keeps_timestamp = options.text("timestamp", "source") == "source";

  const Options creation = options.object("create_topic");
  if (!creation.boolean("enabled", false)) return;
  if (!is_fixed) throw options.bad("create_topic.enabled", "needs topic_by: fixed: topics of records are not made");
  created_topic.emplace();
  created_topic->name = topic;
  created_topic->partitions = static_cast<int>(creation.integer("partitions", 1));
  created_topic->replication = static_cast<int>(creation.integer("replication", -1));
  for (const auto& [name, value] : creation.entries("config")) created_topic->config.emplace(name, value);
}

}  // namespace reprise::sink_kafka
