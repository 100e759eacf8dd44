#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../common/digest.hpp"

namespace field {

/// What a produced record is, kept until its delivery report and then written to the truth file.
struct Sent {
  std::string event_id;
  std::int64_t webhook_id = 0;
  std::int64_t timestamp_ms = 0;
  Digest digest{};
  int copy = 0;  ///< 0 the original, 1 the second data centre's
};

/// Creates `topic`; an existing one is left as it is. Ends the program with status 1 when the broker refuses.
void create_topic(rd_kafka_t* client, const std::string& topic, int partitions,
                  const std::vector<std::pair<std::string, std::string>>& configs);

/// An idempotent producer (acks=all, murmur2 partitioner) that writes one truth line per acknowledged record. Not thread-safe.
class Producer {
 public:
  /// `client_configs` are librdkafka names; `truth_path` may be empty. Ends the program with status 2 when one is refused.
  Producer(const std::string& bootstrap, const std::string& codec,
           const std::vector<std::pair<std::string, std::string>>& client_configs, const std::string& truth_path);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  [[nodiscard]] rd_kafka_t* client() const { return client_; }
  void open(const std::string& topic);
  /// Hands one record over; waits, serving reports, while librdkafka's queue is full. `sent` may be null (no truth line).
  void send(std::int64_t webhook_id, const std::string& value, std::int64_t timestamp_ms, std::unique_ptr<Sent> sent);
  /// Serves delivery reports for at most `wait_ms`.
  void serve(int wait_ms);
  /// Waits for every acknowledgement and writes the truth file out. False when a record failed or the wait took too long.
  [[nodiscard]] bool finish(int timeout_ms);

  [[nodiscard]] std::int64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::int64_t failed() const { return failed_; }

 private:
  static void on_report(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);
  void note(const rd_kafka_message_t& message);
  void write_truth();

  rd_kafka_t* client_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;
  std::FILE* truth_ = nullptr;
  std::string truth_lines_;
  std::int64_t acknowledged_ = 0;
  std::int64_t failed_ = 0;
  std::string first_error_;
};

}  // namespace field
