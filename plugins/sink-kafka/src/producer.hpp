#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "lib/kafka/conf.hpp"
#include "lib/kafka/handles.hpp"
#include "lib/kafka/return_watch.hpp"

namespace reprise::sink_kafka {

/// One idempotent producer and its topics. Used by one thread. It takes records without copying: key, value and headers'
/// owner must stay until the delivery report, which comes through the client's events from serve().
class Producer {
 public:
  /// The client's events must outlive it. stop, on_back: as of kafka::ReturnWatch.
  static kafka::Result<std::unique_ptr<Producer>> make(kafka::ClientConf conf, kafka::ClientEvents& events,
                                                       std::stop_token stop, std::function<void()> on_back);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// Readable when reports have come.
  int fd() const { return fd_; }
  /// Clears the descriptor and delivers all reports there are.
  void serve();
  /// Hands a record over; its report will carry record.handle. RD_KAFKA_RESP_ERR__QUEUE_FULL: not now. Other codes: this
  /// record was not taken, and no report will come. partition -1: by the key.
  rd_kafka_resp_err_t produce(const reprise_record& record, const std::string& topic, std::int32_t partition,
                              std::int64_t timestamp_ms);
  /// Sends what waits for fuller batches. Does not block.
  void flush();
  /// Ends everything that is not acknowledged: each comes back with an error, from serve().
  void purge();
  /// Waits for reports until the deadline, serving them.
  void wait_for_reports(kafka::Deadline deadline);
  /// Records without a report.
  std::size_t in_flight() const { return in_flight_; }
  /// To be called for each delivery report.
  void count_report() { --in_flight_; }
  bool is_lost() const;
  /// The brokers are away: on_back is called when one answers.
  void watch_for_return() { return_watch_.begin(); }
  rd_kafka_t* client() const { return client_.get(); }

 private:
  Producer(kafka::Client client, int fd, std::stop_token stop, std::function<void()> on_back);
  rd_kafka_topic_t* topic_handle(const std::string& topic);

  kafka::Client client_;
  int fd_;
  std::size_t in_flight_ = 0;
  std::map<std::string, kafka::Topic, std::less<>> topics_;  // after client_: destroyed before it
  kafka::ReturnWatch return_watch_;                          // the same
};

}  // namespace reprise::sink_kafka
