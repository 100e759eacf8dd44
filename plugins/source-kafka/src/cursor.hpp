#pragma once
#include <reprise/host.hpp>
#include <reprise/source.hpp>

#include <memory>
#include <optional>
#include <string>

#include "lib/kafka/handles.hpp"
#include "plugins/source-kafka/src/attendant.hpp"
#include "plugins/source-kafka/src/batch.hpp"

namespace reprise::source_kafka {

/// What the cursors of one instance share; outlives them.
struct CursorContext {
  Host host;
  rd_kafka_t* client;
  Attendant& attendant;
  BatchPool& pool;
  bool reads_headers;
  Counter dropped;  ///< records with an offset below the position: a fault of the client library
};

/// One partition being read, from start up to end (-1: for ever). Lives on the shard's thread, between open and close.
/// Batches it gave out outlive it. It consumes by rd_kafka_consume_start_queue into a queue of its own, which a moved
/// cursor throws away: so no message of an earlier position can appear, and pause, resume and seek are never used.
class Cursor {
 public:
  /// topic: the client's handle, kept by the instance until it is destroyed.
  Cursor(CursorContext& context, rd_kafka_topic_t* topic, std::int32_t partition, std::uint32_t slot,
         std::int64_t start, std::int64_t end);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  bool reads(std::string_view topic, std::int32_t partition) const {
    return partition == partition_ && topic == to_view(topic_name_);
  }
  /// Begins to fetch, unless the range is empty.
  Result<> start();
  Result<> poll(std::size_t max_records, std::size_t max_bytes, Batch& out);

  /// Readable when records have come since a poll ended without REPRISE_BATCH_MORE.
  int fd() const { return fd_; }
  /// Clears the descriptor; true if the host waits for a resume.
  bool take_signal();

 private:
  bool is_ended() const { return end_ >= 0 && position_ >= end_; }
  Result<> fetch_from_position();
  void stop_fetching();
  Result<> tell_failure();
  Result<> settle_range(Batch& out);
  /// Looks at one message; false: the rest of the batch is of no interest.
  bool take(RecordBatch& batch, rd_kafka_message_t& message);
  bool take_error(const rd_kafka_message_t& message);
  void take_record(RecordBatch& batch, rd_kafka_message_t& message);
  /// Everything up to there was seen, and was no record.
  void pass_to(std::int64_t offset);
  void finish(Batch& out, bool has_more);
  std::string name() const;

  CursorContext& context_;
  rd_kafka_topic_t* const topic_;
  const reprise_text topic_name_;
  const std::int32_t partition_;
  const std::uint32_t slot_;
  const std::int64_t end_;
  std::int64_t position_;             // next offset to hand out: only records and end-of-partition events move it
  std::int64_t gaps_ = 0;             // offsets passed without a record since the last batch: what the client showed
  std::int64_t high_ = -1;            // the partition's end at the broker's last answer
  std::int64_t record_bytes_ = 1024;  // moving average
  int fd_ = -1;
  std::shared_ptr<Feed> feed_;  // null: not fetching
  bool is_at_end_ = false;      // the broker said so, and nothing came since
  bool is_range_asked_ = false;
  bool is_waiting_ = false;  // the host expects a resume
  bool has_logged_drop_ = false;
  std::optional<Failure> failure_;
};

}  // namespace reprise::source_kafka
