#pragma once
#include <reprise/plugin.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "lib/kafka/handles.hpp"

namespace reprise::source_kafka {

class BatchPool;
struct ReturnToPool;

/// Messages of one partition and the records that point into their memory. Given out by poll, owned by the host until it
/// releases it, from any thread; then the messages are freed and the object goes back to its pool.
class RecordBatch {
 public:
  explicit RecordBatch(BatchPool& pool) : pool_(pool) {}
  ~RecordBatch() { free_messages(); }
  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;

  /// Takes up to max messages from queue without waiting; how many there were, or -1 with rd_kafka_last_error().
  ssize_t fill(rd_kafka_queue_t* queue, std::size_t max);
  rd_kafka_message_t& message(std::size_t i) { return *messages_[i]; }
  std::size_t message_count() const { return message_count_; }

  /// Adds the record of a message of this batch. topic lives until the plugin is destroyed.
  void add(rd_kafka_message_t& message, reprise_text topic, bool with_headers);
  std::size_t record_count() const { return records_.size(); }
  /// Sum of keys and values of all records.
  std::size_t bytes() const { return bytes_; }

  /// Fills the host's struct. The host owns this object from here on, if it holds records.
  void hand_over(reprise_batch& out);

 private:
  friend class BatchPool;
  friend struct ReturnToPool;
  void free_messages();
  void add_headers(rd_kafka_message_t& message, reprise_record& record);

  BatchPool& pool_;
  std::vector<rd_kafka_message_t*> messages_;
  std::size_t message_count_ = 0;
  std::vector<reprise_record> records_;
  std::vector<reprise_header> headers_;
  std::size_t bytes_ = 0;
};

struct ReturnToPool {
  void operator()(RecordBatch* batch) const noexcept;
};
using PooledBatch = std::unique_ptr<RecordBatch, ReturnToPool>;

/// Batches that are not in use. Thread-safe; outlives every batch it gave out.
class BatchPool {
 public:
  PooledBatch acquire();
  /// Batches that the host (or a poll) holds now.
  std::size_t outstanding() const { return outstanding_.load(std::memory_order_acquire); }

 private:
  friend struct ReturnToPool;
  void give_back(RecordBatch* batch) noexcept;

  std::mutex mutex_;
  std::vector<std::unique_ptr<RecordBatch>> free_;  // guarded by mutex_
  std::atomic<std::size_t> outstanding_{0};
};

}  // namespace reprise::source_kafka
