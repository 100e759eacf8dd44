#include "plugins/source-kafka/src/config.hpp"

#include <map>

#include "lib/kafka/version.hpp"

namespace reprise::source_kafka {
namespace {

// From librdkafka 2.2.0 on: how long a partition rests after its queue was found full.
constexpr std::string_view kQueueBackoffMs = "5";

template <class T>
T or_throw(kafka::Result<T> result) {
  if (!result.ok()) throw to_failure(result.error());
  return std::move(result.value());
}

/// "live-delivery/source" is one instance of the connector "live-delivery".
std::string group_of(const Options& options, std::string_view instance) {
  if (const auto group = options.find("group_id"); group && !group->empty()) return std::string(*group);
  return "reprise-" + std::string(instance.substr(0, instance.find('/')));
}

kafka::ClientConf make_client(const Options& options, std::string_view instance, int version) {
  const auto cluster = kafka::read_cluster([&](std::string_view name) { return options.find(name); });
  kafka::ClientConf conf = or_throw(kafka::ClientConf::make(cluster, "reprise-" + std::string(instance)));

  const std::string fetch_bytes = std::to_string(options.size("fetch_max_bytes", 1 << 20));
  const std::pair<std::string_view, std::string> properties[] = {
      // Nothing is ever skipped silently: an offset that is gone is an error, and becomes an expired span.
      {"auto.offset.reset", "error"},
      // librdkafka wants a group; it is never joined, and its offsets are never read.
      {"group.id", group_of(options, instance)},
      // To us it means one thing only: how long offsets wait for a coordinator that is away, and with them a stop.
      {"session.timeout.ms", "1000"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},
      {"isolation.level", std::string(options.text("isolation", "read_committed"))},
      {"check.crcs", options.boolean("check_crcs", true) ? "true" : "false"},
      {"queued.max.messages.kbytes", std::to_string(options.size("queue_max_bytes", 4 << 20) / 1024)},
      {"fetch.message.max.bytes", fetch_bytes},
      {"fetch.wait.max.ms", std::to_string(options.duration("fetch_wait_max", std::chrono::milliseconds(500)).count())},
      {"fetch.error.backoff.ms", "100"},
  };
  for (const auto& [property, value] : properties) or_throw(conf.set(property, value));
  if (kafka::has_fetch_queue_backoff(version)) or_throw(conf.set("fetch.queue.backoff.ms", kQueueBackoffMs));

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

Config::Config(const Options& options, std::string_view instance, int version)
    : servers(options.text("cluster.bootstrap_servers", "")), client(make_client(options, instance, version)) {
  for (std::string_view topic : options.texts("topics")) {
    if (topic.empty()) throw options.bad("topics", "holds an empty name");
    topics.emplace_back(topic);
  }
  if (topics.empty()) throw options.bad("topics", "needs at least one topic");
  const auto named = kafka::parse_partitioner(options.text("partitioner", "murmur2"));
  if (!named) throw options.bad("partitioner", "is none of murmur2, consistent_random, unknown");
  partitioner = *named;
  reads_headers = options.boolean("headers", true);
  queue_max_bytes = options.size("queue_max_bytes", 4 << 20);
  needs_waking = !kafka::has_fetch_queue_backoff(version);
}

}  // namespace reprise::source_kafka
