#include <catch2/catch.hpp>

#include <deque>
#include <set>

#include "lib/kafka/testing/cluster.hpp"
#include "lib/kafka/testing/own_broker.hpp"
#include "lib/kafka/testing/plugin_host.hpp"

using namespace reprise::kafka::testing;

namespace {

/// Records as the host lends them: bytes stay until the test ends.
class Records {
 public:
  reprise_record& add(std::string key, std::string value) {
    const std::string& k = texts_.emplace_back(std::move(key));
    const std::string& v = texts_.emplace_back(std::move(value));
    reprise_record& record = records_.emplace_back();
    record.handle = records_.size();
    record.offset = static_cast<std::int64_t>(records_.size());
    record.timestamp_ms = -1;
    record.attempt = 1;
    record.key = {reinterpret_cast<const std::uint8_t*>(k.data()), k.size()};
    record.value = {reinterpret_cast<const std::uint8_t*>(v.data()), v.size()};
    return record;
  }
  std::vector<const reprise_record*> pointers() const {
    std::vector<const reprise_record*> pointers;
    for (const reprise_record& record : records_) pointers.push_back(&record);
    return pointers;
  }

 private:
  std::deque<std::string> texts_;
  std::deque<reprise_record> records_;
};

/// A sink that is open, and delivery as the host does it: what was not taken is offered again after a resume.
class Delivery {
 public:
  explicit Delivery(Options options) : host_(REPRISE_SINK_KAFKA, "test/sink", cluster_options(std::move(options))) {
    reprise_stream stream{};
    stream.struct_size = sizeof(stream);
    reprise_error error{};
    REQUIRE(host_.sink().open(host_.self(), &stream, &error) == REPRISE_OK);
  }
  PluginHost& host() { return host_; }
  /// Whether all records were settled in time.
  bool deliver(const Records& records, double seconds = 20) {
    const auto pointers = records.pointers();
    std::size_t taken = 0;
    bool may_offer = true;
    return host_.run_until(
        [&] {
          if (!host_.take_resumed().empty()) may_offer = true;
          if (taken < pointers.size() && may_offer) {
            std::size_t count = 0;
            reprise_error error{};
            REQUIRE(host_.sink().deliver(host_.self(), pointers.data() + taken, pointers.size() - taken, &count,
                                         &error) == REPRISE_OK);
            taken += count;
            may_offer = taken == pointers.size();
            if (!may_offer) ++refusals_;
          }
          return host_.settled().size() == pointers.size();
        },
        seconds);
  }
  std::size_t refusals() const { return refusals_; }

 private:
  PluginHost host_;
  std::size_t refusals_ = 0;
};

std::string create_error(Options options) {
  try {
    const PluginHost host(REPRISE_SINK_KAFKA, "test/sink", cluster_options(std::move(options)));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("Records arrive with key, value, headers and time, and each is settled once", "[sink-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  Records records;
  const std::int64_t yesterday =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count() -
      86'400'000;
  const std::string stage = "SINK";
  const reprise_header headers[] = {
      {{"__connect.errors.stage", 22}, {reinterpret_cast<const std::uint8_t*>(stage.data()), stage.size()}},
      {{"null", 4}, {nullptr, 0}}};
  for (int i = 0; i < 1000; ++i)
    records.add("key" + std::to_string(i), "value" + std::to_string(i)).timestamp_ms = yesterday + i;
  reprise_record& special = records.add("", "");
  special.headers = headers;
  special.header_count = 2;
  reprise_record& tombstone = records.add("gone", "");
  tombstone.value = {nullptr, 0};
  Delivery delivery({{"topic", topic}});

  REQUIRE(delivery.deliver(records));

  for (const auto& [handle, settled] : delivery.host().settled()) {
    INFO(handle << " " << settled.kind);
    REQUIRE(settled.status == REPRISE_OK);
  }
  CHECK(delivery.host().count_logs("settled twice") == 0);
  const auto read = cluster.read_all(topic);
  REQUIRE(read.size() == 1002);
  for (std::size_t i = 0; i < 1000; ++i) {
    REQUIRE(read[i].key == "key" + std::to_string(i));
    REQUIRE(read[i].value == "value" + std::to_string(i));
    REQUIRE(read[i].timestamp_ms == yesterday + static_cast<std::int64_t>(i));
  }
  CHECK(read[1000].key == "");
  CHECK(read[1000].value == "");
  REQUIRE(read[1000].headers.size() == 2);
  CHECK(read[1000].headers[0] == std::pair<std::string, std::optional<std::string>>("__connect.errors.stage", "SINK"));
  CHECK_FALSE(read[1000].headers[1].second.has_value());
  CHECK(read[1001].key == "gone");
  CHECK_FALSE(read[1001].value.has_value());
}

TEST_CASE("A full queue takes a part, and asks for the rest when there is room", "[sink-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  Records records;
  for (int i = 0; i < 5000; ++i) records.add(std::to_string(i), std::string(500, 'x'));
  Delivery delivery({{"topic", topic}, {"client.queue.buffering.max.messages", "200"}});

  REQUIRE(delivery.deliver(records));

  CHECK(delivery.refusals() > 0);
  CHECK(cluster.range(topic).second == 5000);
}

TEST_CASE("A record that is too large is refused for good, and its neighbours arrive", "[sink-kafka]") {
  Cluster cluster;
  Records records;
  records.add("small", "x");
  std::string topic;

  SECTION("by the producer's limit") {
    topic = cluster.create_topic(1);
    records.add("large", std::string(2 << 20, 'x'));
  }
  SECTION("by the topic's limit") {
    topic = cluster.create_topic(1, {{"max.message.bytes", "2000"}});
    records.add("large", std::string(10'000, 'x'));
  }
  Delivery delivery({{"topic", topic}, {"compression", "none"}, {"linger", "0"}, {"client.batch.num.messages", "1"}});

  REQUIRE(delivery.deliver(records));

  CHECK(delivery.host().settled().at(1).status == REPRISE_OK);
  CHECK(delivery.host().settled().at(2).status == REPRISE_PERMANENT);
  CHECK(delivery.host().settled().at(2).kind == "record.too_large");
}

TEST_CASE("A missing topic is told as such, and made where that is asked for", "[sink-kafka]") {
  Cluster cluster;
  Records records;
  records.add("k", "v");
  const std::string name = cluster.create_topic(1) + ".dead";

  SECTION("not made") {
    Delivery delivery({{"topic", name}});
    REQUIRE(delivery.deliver(records));
    CHECK(delivery.host().settled().at(1).status == REPRISE_RETRIABLE);
    CHECK(delivery.host().settled().at(1).kind == "kafka.unknown_topic");
  }
  SECTION("made") {
    Delivery delivery({{"topic", name},
                       {"create_topic.enabled", "true"},
                       {"create_topic.partitions", "3"},
                       {"create_topic.config.cleanup.policy", "compact"}});
    REQUIRE(delivery.deliver(records));
    CHECK(delivery.host().settled().at(1).status == REPRISE_OK);
    CHECK(cluster.range(name, 2).first == 0);
  }
}

TEST_CASE("topic_by and partition_by source keep a record's place", "[sink-kafka]") {
  Cluster cluster;
  const std::string topics[] = {cluster.create_topic(4), cluster.create_topic(4)};
  Records records;
  for (int i = 0; i < 40; ++i) {
    reprise_record& record = records.add("same key", std::to_string(i));
    const std::string& topic = topics[i % 2];
    record.topic = {topic.data(), topic.size()};
    record.partition = i / 2 % 4;
  }
  Delivery delivery({{"topic_by", "source"}, {"partition_by", "source"}});

  REQUIRE(delivery.deliver(records));

  for (const std::string& topic : topics) {
    for (std::int32_t partition = 0; partition < 4; ++partition) CHECK(cluster.range(topic, partition).second == 5);
  }
}

TEST_CASE("Stopping gives back what was not sent", "[sink-kafka]") {
  Records records;
  for (int i = 0; i < 10; ++i) records.add("k", "v");
  const auto pointers = records.pointers();
  const std::int64_t begin = deadline_ns(0);
  {
    PluginHost host(REPRISE_SINK_KAFKA, "test/sink",
                    cluster_options({{"topic", "t"}, {"cluster.bootstrap_servers", "127.0.0.1:1"}}));
    std::size_t taken = 0;
    reprise_error error{};
    REQUIRE(host.sink().deliver(host.self(), pointers.data(), pointers.size(), &taken, &error) == REPRISE_OK);
    REQUIRE(taken == 10);
    CHECK(host.settled().empty());

    REQUIRE(host.stop() == REPRISE_OK);

    CHECK(host.settled().size() == 10);
    CHECK(host.settled().at(1).status == REPRISE_RETRIABLE);
  }
  CHECK(deadline_ns(0) - begin < 10'000'000'000);
}

TEST_CASE("Options that contradict each other are refused by name", "[sink-kafka]") {
  CHECK(create_error({}).starts_with("topic|"));
  CHECK(create_error({{"topic", "t"}, {"topic_by", "source"}}).starts_with("topic|"));
  CHECK(create_error({{"topic_by", "source"}, {"create_topic.enabled", "true"}}).starts_with("create_topic.enabled|"));
  CHECK(create_error({{"topic", "t"}, {"client.acks", "1"}}).starts_with("client.acks|"));
  CHECK(create_error({{"topic", "t"}, {"client.sasl.kerberos.kinit.cmd", "sh"}})
            .starts_with("client.sasl.kerberos.kinit.cmd|"));
}

TEST_CASE("A sink is well again when its broker is back, with no record to try it on", "[sink-kafka]") {
  OwnBroker broker;
  Cluster cluster(broker.bootstrap_servers());
  Delivery delivery({{"topic", cluster.create_topic(1)}, {"cluster.bootstrap_servers", broker.bootstrap_servers()}});
  Records records;
  records.add("k", "v");
  REQUIRE(delivery.deliver(records));
  const auto last = [&] {
    const auto healths = delivery.host().healths();
    return healths.empty() ? REPRISE_UP : healths.back().state;
  };

  broker.stop();
  REQUIRE(delivery.host().run_until([&] { return last() == REPRISE_DEGRADED; }, 30));
  broker.start();

  CHECK(delivery.host().run_until([&] { return last() == REPRISE_UP; }, 10));
  CHECK(delivery.host().count_logs("reachable again") == 1);
}
