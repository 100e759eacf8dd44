#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "lib/kafka/testing/cluster.hpp"
#include "lib/kafka/testing/plugin_host.hpp"

namespace reprise::source_kafka {

/// What came out of one stream, in order.
struct ReadResult {
  std::vector<kafka::testing::TestRecord> records;
  std::vector<std::int64_t> offsets;
  std::int64_t next_offset = -1;
  std::int64_t end_offset = -1;
  std::int64_t expired = 0;  ///< offsets passed below expired_before
  std::int64_t gaps = 0;     ///< offsets passed without a record, and not expired
  bool is_ended = false;
  bool is_idle = false;
  reprise_status status = REPRISE_OK;
  reprise_error error{};
};

/// The source plugin, and a reader that does what the host's scan does: poll until nothing is there, wait for resume.
class Reader {
 public:
  explicit Reader(const std::string& topic, kafka::testing::Options more = {});

  kafka::testing::PluginHost& host() { return host_; }
  reprise_status open(std::uint32_t slot, std::int32_t partition, std::int64_t start, std::int64_t end = -1);
  void close(std::uint32_t slot) { host_.source().close(host_.self(), slot, REPRISE_CLOSE_STOP); }
  /// One poll; adds to result. Releases the batch.
  reprise_batch poll(std::uint32_t slot, ReadResult& result, std::size_t max_records = 1000,
                     std::size_t max_bytes = 16 << 20);
  /// Reads until the stream's end, `count` records, an error, or the deadline. is_idle of the last poll also ends it if asked.
  ReadResult read(std::uint32_t slot, std::size_t count, double seconds, bool until_idle = false);

 private:
  std::string topic_;
  kafka::testing::PluginHost host_;
};

/// Everything of [start, end) in partition 0 by a Reader of its own.
ReadResult read_range(const std::string& topic, std::int64_t start, std::int64_t end,
                      kafka::testing::Options more = {});

}  // namespace reprise::source_kafka
