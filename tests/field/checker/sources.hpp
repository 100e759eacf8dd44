#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "audit.hpp"

namespace field {

/// Reads a topic from its first record to the end it has when asked, over a consumer of its own without a group. A later call
/// goes on where the last one ended. Ends the program with status 3 when the broker does not answer in time.
class TopicReader {
 public:
  TopicReader(const std::string& bootstrap, std::string topic,
              const std::vector<std::pair<std::string, std::string>>& client_configs, int timeout_ms);
  ~TopicReader();
  TopicReader(const TopicReader&) = delete;
  TopicReader& operator=(const TopicReader&) = delete;

  /// Calls `take` for every record with its value of the header `header` ("" when absent). False when there is no such topic.
  bool read_to_end(const char* header, const std::function<void(const TopicRecord&, const std::string&)>& take);

 private:
  bool assign_rest();
  [[noreturn]] void give_up(const std::string& why) const;

  rd_kafka_t* client_ = nullptr;
  std::string topic_;
  int timeout_ms_;
  std::map<int, std::int64_t> next_;  ///< per partition
  std::map<int, std::int64_t> end_;   ///< partitions with records still to read
};

/// Reads the lines of a truth file of field_generator. Ends the program with status 3 on a line out of form.
void read_truth(const std::string& path, const std::function<void(const TopicRecord&)>& take);

/// Reads a ledger of field_receiver, again and again as it grows; a line that is still being written waits for the next call.
/// Ends the program with status 3 on a line out of form.
class LedgerReader {
 public:
  explicit LedgerReader(std::string path) : path_(std::move(path)) {}
  void read_to_end(const std::function<void(const Delivery&)>& take);

 private:
  std::string path_;
  std::int64_t position_ = 0;
  std::int64_t line_ = 0;
};

}  // namespace field
