#include "plugins/source-kafka/src/config.hpp"

#include <catch2/catch.hpp>

#include <utility>

using namespace reprise;
using source_kafka::Config;

namespace {

constexpr int kDebian12 = 0x020002ff;
constexpr int kNewer = 0x020200ff;

/// Options as the host hands them over; the texts live as long as this does.
struct Given {
  std::vector<std::pair<std::string, std::string>> texts{{"cluster", "main"},
                                                         {"cluster.bootstrap_servers", "localhost:9092"},
                                                         {"topics.0", "orders"},
                                                         {"topics.count", "1"}};

  Given& with(std::string key, std::string value) {
    texts.emplace_back(std::move(key), std::move(value));
    return *this;
  }
  Config config(int version = kDebian12) const {
    std::vector<reprise_option> options;
    for (const auto& [key, value] : texts) options.push_back({to_text(key), to_text(value), 0, 0});
    return Config(Options(options.data(), options.size()), "live-delivery/source", version);
  }
};

std::string refused_option(const Given& given) {
  try {
    static_cast<void>(given.config());
  } catch (const Failure& failure) {
    return std::string(failure.option());
  }
  return "none";
}

}  // namespace

TEST_CASE("A source never skips and never commits by itself, whatever its options say", "[source-kafka][config]") {
  const Config config = Given().config();

  CHECK(config.client.get("auto.offset.reset") == "error");
  CHECK(config.client.get("enable.auto.commit") == "false");
  CHECK(config.client.get("enable.auto.offset.store") == "false");
  CHECK(config.client.get("enable.partition.eof") == "true");
  CHECK(config.client.get("isolation.level") == "read_committed");
  CHECK(config.client.get("check.crcs") == "true");
  CHECK(config.client.get("group.id") == "reprise-live-delivery");
  CHECK(config.client.get("queued.max.messages.kbytes") == "4096");
  CHECK(config.topics == std::vector<std::string>{"orders"});
}

TEST_CASE("The cure for the sleeping fetcher follows the version of the library", "[source-kafka][config]") {
  CHECK(Given().config(kDebian12).needs_waking);
  // The property exists from 2.2.0 only, and this machine's library may be older: then it says so.
  if (rd_kafka_version() >= 0x02020000) {
    CHECK_FALSE(Given().config(kNewer).needs_waking);
    CHECK(Given().config(kNewer).client.get("fetch.queue.backoff.ms") == "5");
  } else {
    CHECK_THROWS_AS(Given().config(kNewer), Failure);
  }
}

TEST_CASE("Options reach the client", "[source-kafka][config]") {
  const Config config = Given()
                            .with("queue_max_bytes", "1048576")
                            .with("fetch_max_bytes", "65536")
                            .with("fetch_wait_max", "20")
                            .with("check_crcs", "false")
                            .with("isolation", "read_uncommitted")
                            .with("group_id", "lag")
                            .with("partitioner", "consistent_random")
                            .with("client.fetch.min.bytes", "1000")
                            .config();

  CHECK(config.client.get("queued.max.messages.kbytes") == "1024");
  CHECK(config.client.get("fetch.message.max.bytes") == "65536");
  CHECK(config.client.get("fetch.wait.max.ms") == "20");
  CHECK(config.client.get("check.crcs") == "false");
  CHECK(config.client.get("isolation.level") == "read_uncommitted");
  CHECK(config.client.get("group.id") == "lag");
  CHECK(config.client.get("fetch.min.bytes") == "1000");
  CHECK(config.partitioner == kafka::Partitioner::ConsistentRandom);
}

TEST_CASE("A cluster's client options reach the client, below the connector's own", "[source-kafka][config]") {
  const Config config = Given()
                            .with("cluster.client.fetch.min.bytes", "1000")
                            .with("cluster.client.socket.receive.buffer.bytes", "65536")
                            .with("client.fetch.min.bytes", "2000")
                            .config();

  CHECK(config.client.get("socket.receive.buffer.bytes") == "65536");
  CHECK(config.client.get("fetch.min.bytes") == "2000");
}

TEST_CASE("A wrong option is named", "[source-kafka][config]") {
  CHECK(refused_option(Given().with("client.plugin.library.paths", "/tmp/evil.so")) == "client.plugin.library.paths");
  CHECK(refused_option(Given().with("client.enable.auto.commit", "true")) == "client.enable.auto.commit");
  CHECK(refused_option(Given().with("cluster.client.plugin.library.paths", "/tmp/evil.so")) ==
        "cluster.client.plugin.library.paths");
  CHECK(refused_option(Given().with("client.fetch.min.byte", "1")) == "client.fetch.min.byte");
  CHECK(refused_option(Given().with("cluster.security_protocol", "tls")) == "cluster.security_protocol");
  CHECK(refused_option(Given().with("partitioner", "random")) == "partitioner");
}
