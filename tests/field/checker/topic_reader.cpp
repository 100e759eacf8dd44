#include <algorithm>
#include <chrono>
#include <string_view>

#include "../common/args.hpp"
#include "../common/event_id.hpp"
#include "sources.hpp"

namespace field {
namespace {

std::string header_text(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return "";
  }
  return {static_cast<const char*>(value), size};
}

TopicRecord record_of(const rd_kafka_message_t& message) {
  const std::string_view value(static_cast<const char*>(message.payload), message.len);
  TopicRecord record;
  record.webhook.assign(static_cast<const char*>(message.key), message.key_len);
  record.digest = sha256(value);
  record.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  record.partition = message.partition;
  record.offset = message.offset;
  record.event_id = event_id_of(value);
  return record;
}

}  // namespace

TopicReader::TopicReader(const std::string& bootstrap, std::string topic,
                         const std::vector<std::pair<std::string, std::string>>& client_configs, int timeout_ms)
    : topic_(std::move(topic)), timeout_ms_(timeout_ms) {
  char error[512] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) die(2, error);
  };
  set("bootstrap.servers", bootstrap);
  set("group.id", "field-checker");  // asked for by librdkafka; nothing is subscribed or committed
  set("enable.auto.commit", "false");
  set("enable.partition.eof", "true");
  set("auto.offset.reset", "error");
  set("check.crcs", "true");
  for (const auto& [name, value] : client_configs) set(name, value);
  client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  if (client_ == nullptr) die(2, error);
  rd_kafka_poll_set_consumer(client_);
}

TopicReader::~TopicReader() {
  rd_kafka_consumer_close(client_);
  rd_kafka_destroy(client_);
}

void TopicReader::give_up(const std::string& why) const { die(3, "topic " + topic_ + ": " + why); }

bool TopicReader::assign_rest() {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client_, topic_.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client_, 0, handle, &metadata, timeout_ms_);
  rd_kafka_topic_destroy(handle);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(code));
  const bool is_there = metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
  const int partitions = is_there ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);

  end_.clear();
  rd_kafka_topic_partition_list_t* wanted = rd_kafka_topic_partition_list_new(partitions);
  for (int partition = 0; partition < partitions; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto asked = rd_kafka_query_watermark_offsets(client_, topic_.c_str(), partition, &low, &high, timeout_ms_);
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(asked));
    const std::int64_t start = std::max(low, next_.contains(partition) ? next_[partition] : low);
    next_[partition] = start;
    if (start >= high) continue;
    end_[partition] = high;
    rd_kafka_topic_partition_list_add(wanted, topic_.c_str(), partition)->offset = start;
  }
  const auto assigned = rd_kafka_assign(client_, wanted);
  rd_kafka_topic_partition_list_destroy(wanted);
  if (assigned != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(assigned));
  return is_there;
}

bool TopicReader::read_to_end(const char* header,
                              const std::function<void(const TopicRecord&, const std::string&)>& take) {
  if (!assign_rest()) return false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms_);
  while (!end_.empty()) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, 200);
    if (message == nullptr) {
      if (std::chrono::steady_clock::now() > deadline) give_up("not read to its end in time");
      continue;
    }
    const auto own = end_.find(message->partition);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // Also the way past control records at the end, which are offsets without a message.
      next_[message->partition] = message->offset;
      end_.erase(message->partition);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) give_up(rd_kafka_message_errstr(message));
    } else if (own != end_.end()) {
      take(record_of(*message), header != nullptr ? header_text(*message, header) : "");
      next_[message->partition] = message->offset + 1;
      if (message->offset + 1 >= own->second) end_.erase(own);
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_assign(client_, nullptr);
  return true;
}

}  // namespace field
