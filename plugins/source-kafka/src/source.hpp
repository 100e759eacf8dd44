#pragma once
#include <reprise/source.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/kafka/absence.hpp"
#include "lib/kafka/offsets.hpp"
#include "lib/kafka/return_watch.hpp"
#include "plugins/source-kafka/src/attendant.hpp"
#include "plugins/source-kafka/src/batch.hpp"
#include "plugins/source-kafka/src/config.hpp"
#include "plugins/source-kafka/src/cursor.hpp"

namespace reprise::source_kafka {

/// Reads Kafka. One client for each instance, one cursor for each open slot. [task] calls work on the cursors, [control]
/// calls only ask the client, which is thread-safe.
class KafkaSource final : public Source, private kafka::ClientEvents {
 public:
  KafkaSource(Host host, const Options& options);
  ~KafkaSource();

  Result<> start(std::int64_t deadline_ns);
  Result<> stop(std::int64_t deadline_ns);
  void request_stop() { stop_.request_stop(); }

  Result<> open(StreamView stream);
  void close(std::uint32_t slot, std::int32_t why);
  Result<> poll(std::uint32_t slot, std::size_t max_records, std::size_t max_bytes, Batch& out);
  void ready(std::int32_t fd, std::uint32_t events);
  void commit(std::span<const Place> places);

  Result<std::size_t> partitions(std::string_view topic, std::size_t first, std::span<Place> out,
                                 std::int64_t deadline_ns);
  Result<> resolve(std::span<Place> places, std::int64_t deadline_ns);
  Result<std::string_view> log_id(std::int64_t deadline_ns);
  Result<std::int32_t> partition_for_key(std::string_view topic, std::string_view key, std::int64_t deadline_ns);

 private:
  void on_log(int severity, std::string_view text) override;
  void on_error(rd_kafka_resp_err_t code, std::string_view text) override;
  void on_commit(rd_kafka_resp_err_t code) override;
  void on_back();

  kafka::Deadline deadline(std::int64_t deadline_ns) const;
  rd_kafka_topic_t* topic_handle(std::string_view topic);
  void watch_client();

  const Config config_;
  std::stop_source stop_;  // ends questions and the threads beside; all that request_stop may touch
  kafka::Absence absence_;

  kafka::Client client_;
  std::unique_ptr<BatchPool> pool_;
  std::unique_ptr<Attendant> attendant_;
  std::unique_ptr<kafka::ReturnWatch> return_watch_;
  std::unique_ptr<CursorContext> context_;

  // [task]
  std::map<std::string, kafka::Topic, std::less<>> topics_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Cursor>> cursors_;
  std::unordered_map<int, Cursor*> cursor_of_fd_;
  int client_fd_ = -1;

  // [control], one call at a time
  std::vector<kafka::TopicPartition> listed_;
  std::map<std::string, std::int32_t, std::less<>> partition_counts_;
  std::string log_id_;
};

}  // namespace reprise::source_kafka
