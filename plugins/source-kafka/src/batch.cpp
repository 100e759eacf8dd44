#include "plugins/source-kafka/src/batch.hpp"

#include <cstring>

namespace reprise::source_kafka {
namespace {

// A pool of this many covers a shard that holds a few batches of each of its partitions.
constexpr std::size_t kKeptBatches = 64;

const std::uint8_t* bytes_of(const void* data) { return static_cast<const std::uint8_t*>(data); }

}  // namespace

ssize_t RecordBatch::fill(rd_kafka_queue_t* queue, std::size_t max) {
  if (messages_.size() < max) messages_.resize(max);
  const ssize_t count = rd_kafka_consume_batch_queue(queue, 0, messages_.data(), max);
  message_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  records_.reserve(message_count_);
  return count;
}

void RecordBatch::add(rd_kafka_message_t& message, reprise_text topic, bool with_headers) {
  reprise_record& record = records_.emplace_back();
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t timestamp = rd_kafka_message_timestamp(&message, &type);
  record.offset = message.offset;
  record.timestamp_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp;
  record.key = {bytes_of(message.key), message.key_len};
  record.value = {bytes_of(message.payload), message.len};
  record.topic = topic;
  record.partition = message.partition;
  record.flags = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? std::uint32_t{REPRISE_LOG_APPEND_TIME} : 0U;
  bytes_ += message.key_len + message.len;
  if (with_headers) add_headers(message, record);
}

void RecordBatch::add_headers(rd_kafka_message_t& message, reprise_record& record) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  const std::size_t first = headers_.size();
  while (rd_kafka_header_get_all(headers, headers_.size() - first, &name, &value, &size) ==
         RD_KAFKA_RESP_ERR_NO_ERROR) {
    headers_.push_back({.name = {name, std::strlen(name)}, .value = {bytes_of(value), size}});
  }
  // headers_ may still move: hand_over sets the pointers.
  record.header_count = static_cast<std::uint32_t>(headers_.size() - first);
}

void RecordBatch::hand_over(reprise_batch& out) {
  if (!headers_.empty()) {
    const reprise_header* next = headers_.data();
    for (reprise_record& record : records_) {
      if (record.header_count == 0) continue;
      record.headers = next;
      next += record.header_count;
    }
  }
  out.records = records_.data();
  out.count = records_.size();
  out.owner = this;
  out.release = [](reprise_batch* batch) { ReturnToPool{}(static_cast<RecordBatch*>(batch->owner)); };
}

void RecordBatch::free_messages() {
  for (std::size_t i = 0; i < message_count_; ++i) rd_kafka_message_destroy(messages_[i]);
  message_count_ = 0;
  records_.clear();
  headers_.clear();
  bytes_ = 0;
}

void ReturnToPool::operator()(RecordBatch* batch) const noexcept { batch->pool_.give_back(batch); }

PooledBatch BatchPool::acquire() {
  outstanding_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      RecordBatch* batch = free_.back().release();
      free_.pop_back();
      return PooledBatch(batch);
    }
  }
  return PooledBatch(std::make_unique<RecordBatch>(*this).release());
}

void BatchPool::give_back(RecordBatch* batch) noexcept {
  std::unique_ptr<RecordBatch> owned(batch);
  owned->free_messages();
  {
    const std::lock_guard lock(mutex_);
    if (free_.size() < kKeptBatches) free_.push_back(std::move(owned));
  }
  owned.reset();
  // Last: whoever sees 0 may free the client and this pool.
  outstanding_.fetch_sub(1, std::memory_order_release);
}

}  // namespace reprise::source_kafka
