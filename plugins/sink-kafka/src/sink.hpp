#pragma once
#include <reprise/sink.hpp>

#include <array>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "lib/kafka/absence.hpp"
#include "plugins/sink-kafka/src/config.hpp"
#include "plugins/sink-kafka/src/producer.hpp"

namespace reprise::sink_kafka {

/// Produces records and settles each with its delivery report. Lives on the shard's thread; librdkafka's threads do the
/// sending. A producer that is lost for good (before librdkafka 2.3 an error of a batch that may have been stored ends
/// it) is emptied and replaced; its records go back as retriable.
class KafkaSink final : public Sink, private kafka::ClientEvents {
 public:
  KafkaSink(Host host, const Options& options);
  ~KafkaSink();

  std::uint32_t traits() const noexcept { return REPRISE_NEEDS_HEADERS; }
  Result<> start(std::int64_t deadline_ns);
  Result<> stop(std::int64_t deadline_ns);
  void request_stop() { stop_.request_stop(); }

  Result<> open(StreamView stream);
  void close(std::uint32_t slot, std::int32_t why);
  void route(Records records, std::span<reprise_route> routes);
  Result<std::size_t> deliver(Records records);
  void flush(std::int32_t why, std::int64_t deadline_ns);
  void ready(std::int32_t fd, std::uint32_t events);

 private:
  void on_log(int severity, std::string_view text) override;
  void on_error(rd_kafka_resp_err_t code, std::string_view text) override;
  void on_delivery(const rd_kafka_message_t& message) override;

  const std::string& topic_of(const RecordView& record);
  void settle_refused(const RecordView& record, rd_kafka_resp_err_t code, const std::string& topic);
  /// Tells the host all reports collected since the last call.
  void settle_collected();
  kafka::Result<std::unique_ptr<Producer>> make_producer();
  kafka::Result<> make_topic(Producer& producer, kafka::Deadline last);
  /// The brokers answer, or have taken a record.
  void come_back();
  /// Replaces a producer that has failed for good, once all its records are back.
  void replace_if_lost();
  void retire(std::unique_ptr<Producer> producer);
  kafka::Deadline deadline(std::int64_t deadline_ns) const;

  const Config config_;
  std::stop_source stop_;  // ends start() while the broker is away, and the watch for its return
  kafka::Absence absence_;
  std::unique_ptr<Producer> producer_;
  bool is_lost_ = false;  // purged; waits for its last reports
  bool is_full_ = false;  // deliver took less than it was given: resume is owed
  bool is_watched_ = false;
  std::string record_topic_;  // of the last record, with topic_by: source
  std::vector<Settlement> collected_;
  std::vector<Failure> failures_;           // of collected_, by index_of_failure_
  std::vector<std::size_t> failure_index_;  // for each of collected_: 1 + index in failures_, 0: none
  std::thread retiring_;                    // destroys a lost producer, which may take long, beside the shard
};

}  // namespace reprise::sink_kafka
