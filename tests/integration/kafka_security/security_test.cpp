// Both Kafka plugins through each kind of listener of the real broker. The variables come from `./dev kafka env`.
#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "lib/kafka/testing/cluster.hpp"
#include "lib/kafka/testing/plugin_host.hpp"

using namespace reprise::kafka::testing;

namespace {

Options with(Options options, const Options& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

Options sasl(const std::string& protocol, const std::string& mechanism) {
  return {{"cluster.security_protocol", protocol},
          {"cluster.sasl_mechanism", mechanism},
          {"cluster.sasl_username", require_env("KAFKA_SASL_USERNAME")},
          {"cluster.sasl_password", require_env("KAFKA_SASL_PASSWORD")}};
}

Options ssl() {
  return {{"cluster.bootstrap_servers", require_env("KAFKA_SSL_BOOTSTRAP")},
          {"cluster.security_protocol", "ssl"},
          {"cluster.ca", require_env("KAFKA_CA")}};
}

/// The text of a PEM file: certificates may be given so, too.
std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Writes one record through the sink and reads it back through the source; the value that came back.
std::string round_trip(const Options& cluster, const std::string& topic) {
  const std::string value = "through " + topic;
  PluginHost sink(
      REPRISE_SINK_KAFKA, "test/sink",
      with(cluster, {{"topic", topic}, {"create_topic.enabled", "true"}, {"create_topic.replication", "1"}}));
  reprise_stream stream{};
  stream.struct_size = sizeof(stream);
  reprise_error error{};
  REQUIRE(sink.sink().open(sink.self(), &stream, &error) == REPRISE_OK);
  reprise_record record{};
  record.handle = 1;
  record.timestamp_ms = -1;
  record.value = {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()};
  const reprise_record* records[] = {&record};
  std::size_t taken = 0;
  REQUIRE(sink.sink().deliver(sink.self(), records, 1, &taken, &error) == REPRISE_OK);
  REQUIRE(sink.run_until([&] { return !sink.settled().empty(); }, 20));
  REQUIRE(sink.settled().at(1).status == REPRISE_OK);

  PluginHost source(REPRISE_SOURCE_KAFKA, "test/source", with(cluster, {{"topics.count", "1"}, {"topics.0", topic}}));
  stream.slot = 1;
  stream.topic = {topic.data(), topic.size()};
  stream.end = 1;
  REQUIRE(source.source().open(source.self(), &stream, &error) == REPRISE_OK);
  std::string read;
  source.run_until(
      [&] {
        reprise_batch batch{};
        REQUIRE(source.source().poll(source.self(), 1, 10, 1 << 20, &batch, &error) == REPRISE_OK);
        if (batch.count > 0)
          read.assign(reinterpret_cast<const char*>(batch.records[0].value.data), batch.records[0].value.size);
        if (batch.release != nullptr) batch.release(&batch);
        return !read.empty();
      },
      20);
  return read;
}

std::string unique_topic() {
  static int number = 0;
  return "security." + std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + "." +
         std::to_string(++number);
}

/// Whether the source reports this kind of trouble within 20 s, and gives no partition.
bool reports(const Options& cluster, const std::string& kind) {
  PluginHost source(REPRISE_SOURCE_KAFKA, "test/source", with(cluster, {{"topics.count", "1"}, {"topics.0", "t"}}));
  reprise_stream stream{};
  stream.struct_size = sizeof(stream);
  stream.slot = 1;
  stream.topic = {"t", 1};
  stream.end = -1;
  reprise_error error{};
  REQUIRE(source.source().open(source.self(), &stream, &error) == REPRISE_OK);
  const auto is_reported = [&] {
    const auto healths = source.healths();
    return std::ranges::any_of(healths, [&](const auto& health) { return health.kind == kind; });
  };
  const bool was_reported = source.run_until(is_reported, 20);
  reprise_place place{};
  std::size_t count = 0;
  CHECK(source.source().partitions(source.self(), {}, 0, &place, 1, &count, deadline_ns(1), &error) != REPRISE_OK);
  CHECK(source.count_logs(require_env("KAFKA_SASL_PASSWORD")) == 0);
  return was_reported;
}

}  // namespace

TEST_CASE("Both plugins work through every kind of listener", "[kafka][security]") {
  const std::string topic = unique_topic();
  Options cluster;

  SECTION("PLAINTEXT") { cluster = cluster_options({}); }
  SECTION("SSL") { cluster = ssl(); }
  SECTION("SSL, with the CA as text") {
    cluster = {{"cluster.bootstrap_servers", require_env("KAFKA_SSL_BOOTSTRAP")},
               {"cluster.security_protocol", "SSL"},
               {"cluster.ca", content(require_env("KAFKA_CA"))}};
  }
  SECTION("mutual TLS") {
    cluster = {{"cluster.bootstrap_servers", require_env("KAFKA_MTLS_BOOTSTRAP")},
               {"cluster.security_protocol", "ssl"},
               {"cluster.ca", require_env("KAFKA_CA")},
               {"cluster.certificate", require_env("KAFKA_CLIENT_CERT")},
               {"cluster.key", require_env("KAFKA_CLIENT_KEY")}};
  }
  SECTION("SASL PLAIN") {
    cluster = with(sasl("SASL_PLAINTEXT", "PLAIN"),
                   {{"cluster.bootstrap_servers", require_env("KAFKA_SASL_PLAIN_BOOTSTRAP")}});
  }
  SECTION("SASL PLAIN over TLS") {
    cluster = with(sasl("sasl_ssl", "PLAIN"), {{"cluster.bootstrap_servers", require_env("KAFKA_SASL_SSL_BOOTSTRAP")},
                                               {"cluster.ca", require_env("KAFKA_CA")}});
  }
  SECTION("SCRAM-SHA-256") {
    cluster = with(sasl("sasl_plaintext", "SCRAM-SHA-256"),
                   {{"cluster.bootstrap_servers", require_env("KAFKA_SCRAM_BOOTSTRAP")}});
  }
  SECTION("SCRAM-SHA-512") {
    cluster = with(sasl("sasl_plaintext", "SCRAM-SHA-512"),
                   {{"cluster.bootstrap_servers", require_env("KAFKA_SCRAM_BOOTSTRAP")}});
  }

  CHECK(round_trip(cluster, topic) == "through " + topic);
}

TEST_CASE("A wrong password is an authentication error, and is not shown", "[kafka][security]") {
  Options cluster{{"cluster.bootstrap_servers", require_env("KAFKA_SASL_PLAIN_BOOTSTRAP")},
                  {"cluster.security_protocol", "sasl_plaintext"},
                  {"cluster.sasl_mechanism", "PLAIN"},
                  {"cluster.sasl_username", require_env("KAFKA_SASL_USERNAME")},
                  {"cluster.sasl_password", "not-" + require_env("KAFKA_SASL_PASSWORD")}};

  CHECK(reports(cluster, "kafka.authentication"));
}

TEST_CASE("A broker whose certificate no known CA signed is not spoken to", "[kafka][security]") {
  // The client's certificate is not a CA: it vouches for nobody.
  Options cluster{{"cluster.bootstrap_servers", require_env("KAFKA_SSL_BOOTSTRAP")},
                  {"cluster.security_protocol", "ssl"},
                  {"cluster.ca", require_env("KAFKA_CLIENT_CERT")}};

  CHECK(reports(cluster, "kafka.tls"));
}

TEST_CASE("A listener that wants a client certificate refuses who has none", "[kafka][security]") {
  PluginHost source(REPRISE_SOURCE_KAFKA, "test/source",
                    {{"cluster.bootstrap_servers", require_env("KAFKA_MTLS_BOOTSTRAP")},
                     {"cluster.security_protocol", "ssl"},
                     {"cluster.ca", require_env("KAFKA_CA")},
                     {"topics.count", "1"},
                     {"topics.0", "t"}});
  reprise_place place{};
  std::size_t count = 0;
  reprise_error error{};

  CHECK(source.source().partitions(source.self(), {}, 0, &place, 1, &count, deadline_ns(3), &error) ==
        REPRISE_RETRIABLE);
}
