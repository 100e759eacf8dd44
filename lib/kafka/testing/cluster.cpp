#include "lib/kafka/testing/cluster.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "lib/kafka/admin.hpp"

namespace reprise::kafka::testing {
namespace {

using namespace std::chrono_literals;

constexpr int kPatienceMs = 60'000;

Deadline soon() { return std::chrono::steady_clock::now() + 30s; }

template <class T>
T expect(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(result.value());
}

void expect(rd_kafka_error_t* error) {
  if (error == nullptr) return;
  const KafkaError owned(error);
  throw std::runtime_error(rd_kafka_error_string(error));
}

}  // namespace

std::string require_env(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error(std::string(name) +
                             " is not set: this test needs a real broker; `./dev kafka start` starts one and `./dev "
                             "kafka env` shows its variables");
  }
  return value;
}

Cluster::Cluster(std::string bootstrap_servers)
    : servers_(bootstrap_servers.empty() ? require_env("KAFKA_BOOTSTRAP") : std::move(bootstrap_servers)) {
  client_ = expect(make_conf({}).make_producer(*this));
}

ClientConf Cluster::make_conf(const std::map<std::string, std::string>& properties) {
  ClusterOptions options;
  options.bootstrap_servers = servers_;
  ClientConf conf = expect(ClientConf::make(options, "test"));
  for (const auto& [name, value] : properties) expect(conf.set(name, value));
  return conf;
}

std::string Cluster::create_topic(int partitions, std::map<std::string, std::string> config) {
  static int number = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const std::string name =
      "test." + std::to_string(getpid()) + "." + std::to_string(now) + "." + std::to_string(++number);
  expect(kafka::create_topic(
      client_.get(), {.name = name, .partitions = partitions, .replication = 1, .config = std::move(config)}, soon()));
  return name;
}

void Cluster::on_delivery(const rd_kafka_message_t& message) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) ++failures_;
}

void Cluster::send(rd_kafka_t* producer, const std::string& topic, const std::vector<TestRecord>& records) {
  const Topic handle(rd_kafka_topic_new(producer, topic.c_str(), nullptr));
  for (const TestRecord& record : records) {
    Headers headers(rd_kafka_headers_new(record.headers.size()));
    for (const auto& [name, value] : record.headers) {
      rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                          value ? value->data() : nullptr, value ? static_cast<ssize_t>(value->size()) : 0);
    }
    for (;;) {
      const void* value = record.value ? record.value->data() : nullptr;
      const void* key = record.key ? record.key->data() : nullptr;
      const rd_kafka_resp_err_t code =
          rd_kafka_producev(producer, RD_KAFKA_V_RKT(handle.get()), RD_KAFKA_V_PARTITION(record.partition),
                            RD_KAFKA_V_VALUE(const_cast<void*>(value), (record.value ? record.value->size() : 0)),
                            RD_KAFKA_V_KEY(const_cast<void*>(key), (record.key ? record.key->size() : 0)),
                            RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_HEADERS(headers.get()),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        static_cast<void>(headers.release());
        break;
      }
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) throw std::runtime_error(rd_kafka_err2str(code));
      rd_kafka_poll(producer, 10);
    }
  }
  if (rd_kafka_flush(producer, kPatienceMs) != RD_KAFKA_RESP_ERR_NO_ERROR || std::exchange(failures_, 0) > 0) {
    throw std::runtime_error("records could not be produced to " + topic);
  }
}

void Cluster::produce(const std::string& topic, const std::vector<TestRecord>& records,
                      const std::map<std::string, std::string>& properties) {
  const Client producer = expect(make_conf(properties).make_producer(*this));
  send(producer.get(), topic, records);
}

void Cluster::produce_many(const std::string& topic, std::int32_t partition, int count, std::size_t size,
                           const std::map<std::string, std::string>& properties) {
  auto conf_properties = properties;
  conf_properties.emplace("linger.ms", "20");
  const Client producer = expect(make_conf(conf_properties).make_producer(*this));
  for (int first = 0; first < count; first += 50'000) {
    std::vector<TestRecord> records;
    for (int i = first; i < std::min(count, first + 50'000); ++i) {
      std::string value = "{\"id\":" + std::to_string(i) + ",\"body\":\"";
      // Text that compresses about as well as real events do.
      while (value.size() + 2 < size)
        value += "word" + std::to_string((i * 7919 + static_cast<int>(value.size())) % 1000) + " ";
      value.resize(size > 2 ? size - 2 : 0);
      value += "\"}";
      records.push_back({.key = std::to_string(i % 1000),
                         .value = std::move(value),
                         .timestamp_ms = 0,
                         .partition = partition,
                         .headers = {}});
    }
    send(producer.get(), topic, records);
  }
}

void Cluster::produce_transaction(const std::string& topic, const std::vector<TestRecord>& records, bool commits) {
  const Client producer = expect(make_conf({{"transactional.id", topic}}).make_producer(*this));
  expect(rd_kafka_init_transactions(producer.get(), kPatienceMs));
  expect(rd_kafka_begin_transaction(producer.get()));
  send(producer.get(), topic, records);
  expect(commits ? rd_kafka_commit_transaction(producer.get(), kPatienceMs)
                 : rd_kafka_abort_transaction(producer.get(), kPatienceMs));
}

void Cluster::add_partitions(const std::string& topic, std::size_t total) {
  expect(create_partitions(client_.get(), topic, total, soon()));
}

void Cluster::delete_topic(const std::string& topic) { expect(kafka::delete_topic(client_.get(), topic, soon())); }
void Cluster::delete_records(const std::string& topic, std::int32_t partition, std::int64_t before) {
  expect(kafka::delete_records(client_.get(), topic, partition, before, soon()));
}

std::pair<std::int64_t, std::int64_t> Cluster::range(const std::string& topic, std::int32_t partition) {
  std::int64_t low = 0, high = 0;
  const rd_kafka_resp_err_t code =
      rd_kafka_query_watermark_offsets(client_.get(), topic.c_str(), partition, &low, &high, 10'000);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
  return {low, high};
}

std::vector<TestRecord> Cluster::read_all(const std::string& topic, std::int32_t partition) {
  std::vector<TestRecord> records;
  const Client consumer =
      expect(make_conf({{"group.id", "test"}, {"enable.partition.eof", "true"}, {"enable.auto.commit", "false"}})
                 .make_consumer(*this));
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(consumer.get(), list.get());
  const Deadline until = soon();
  while (std::chrono::steady_clock::now() < until) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer.get(), 100);
    if (message == nullptr) continue;
    const bool is_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      TestRecord& record = records.emplace_back();
      if (message->key != nullptr) record.key.emplace(static_cast<const char*>(message->key), message->key_len);
      if (message->payload != nullptr) record.value.emplace(static_cast<const char*>(message->payload), message->len);
      record.timestamp_ms = rd_kafka_message_timestamp(message, nullptr);
      record.partition = message->partition;
      rd_kafka_headers_t* headers = nullptr;
      const char* name = nullptr;
      const void* value = nullptr;
      std::size_t size = 0;
      if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i) {
          record.headers.emplace_back(
              name, value == nullptr
                        ? std::nullopt
                        : std::optional<std::string>(std::in_place, static_cast<const char*>(value), size));
        }
      }
    }
    rd_kafka_message_destroy(message);
    if (is_end) return records;
  }
  throw std::runtime_error("the end of " + topic + " was not reached");
}

}  // namespace reprise::kafka::testing
