#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/kafka/conf.hpp"
#include "lib/kafka/handles.hpp"

namespace reprise::kafka::testing {

/// The value of an environment variable; fails the test with a clear line when it is missing.
std::string require_env(const char* name);

struct TestRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int64_t timestamp_ms = 0;  ///< 0: now
  std::int32_t partition = 0;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

/// The broker of a test, by a client of its own that shares no code with the plugins' record paths.
class Cluster final : private ClientEvents {
 public:
  /// Uses KAFKA_BOOTSTRAP unless servers are given.
  explicit Cluster(std::string bootstrap_servers = {});

  const std::string& bootstrap_servers() const { return servers_; }
  rd_kafka_t* client() const { return client_.get(); }
  /// Creates a topic of a new name and returns it.
  std::string create_topic(int partitions, std::map<std::string, std::string> config = {});
  /// Appends the records and waits until they are there. properties: of the producer ("compression.codec").
  void produce(const std::string& topic, const std::vector<TestRecord>& records,
               const std::map<std::string, std::string>& properties = {});
  /// `count` records "<prefix><number>" of `size` bytes, one after another.
  void produce_many(const std::string& topic, std::int32_t partition, int count, std::size_t size,
                    const std::map<std::string, std::string>& properties = {});
  /// The same inside a transaction, which is committed or aborted.
  void produce_transaction(const std::string& topic, const std::vector<TestRecord>& records, bool commits);
  void add_partitions(const std::string& topic, std::size_t total);
  void delete_topic(const std::string& topic);
  void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before);
  /// First and next offset of a partition.
  std::pair<std::int64_t, std::int64_t> range(const std::string& topic, std::int32_t partition = 0);
  /// All records of a partition, read by a plain consumer.
  std::vector<TestRecord> read_all(const std::string& topic, std::int32_t partition = 0);

 private:
  void on_log(int, std::string_view) override {}
  void on_error(rd_kafka_resp_err_t, std::string_view) override {}
  void on_delivery(const rd_kafka_message_t& message) override;
  ClientConf make_conf(const std::map<std::string, std::string>& properties);
  void send(rd_kafka_t* producer, const std::string& topic, const std::vector<TestRecord>& records);

  std::string servers_;
  Client client_;
  std::size_t failures_ = 0;
};

}  // namespace reprise::kafka::testing
