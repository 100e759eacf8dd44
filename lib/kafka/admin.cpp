#include "lib/kafka/admin.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace reprise::kafka {
namespace {

using DeleteTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, FreeBy<rd_kafka_DeleteTopic_destroy>>;
using NewPartitions = std::unique_ptr<rd_kafka_NewPartitions_t, FreeBy<rd_kafka_NewPartitions_destroy>>;

Error with_text(rd_kafka_resp_err_t code, const std::string& what, const char* text) {
  Error error = describe(code, what);
  if (text != nullptr && *text != '\0') error.message = what + ": " + text;
  return error;
}

constexpr int kLookMs = 100;  // for a requested stop

/// Sends one admin request by `send(options, queue)` and waits for its event.
template <class Send>
Result<Event> ask(rd_kafka_t* client, rd_kafka_admin_op_t op, const std::string& what, Deadline deadline,
                  const std::stop_token& stop, Send&& send) {
  std::array<char, 256> why{};
  const int timeout_ms = remaining_ms(deadline);
  const AdminOptions options(rd_kafka_AdminOptions_new(client, op));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, why.data(), why.size());
  if (op != RD_KAFKA_ADMIN_OP_ANY)
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout_ms, why.data(), why.size());
  const Queue queue(rd_kafka_queue_new(client));
  send(options.get(), queue.get());
  // The request ends by itself at its timeout; a little more is waited so that its own answer is seen.
  const Deadline last = deadline + std::chrono::milliseconds(500);
  Event event;
  while (event == nullptr && !stop.stop_requested() && remaining_ms(last) > 0) {
    event.reset(rd_kafka_queue_poll(queue.get(), std::min(remaining_ms(last), kLookMs)));
  }
  if (event == nullptr) return describe(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return with_text(rd_kafka_event_error(event.get()), what, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

Result<> first_error(const rd_kafka_topic_result_t** results, std::size_t count, const std::string& what) {
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    return with_text(code, what, rd_kafka_topic_result_error_string(results[i]));
  }
  return {};
}

}  // namespace

Result<> create_topic(rd_kafka_t* client, const TopicSpec& topic, Deadline deadline, std::stop_token stop) {
  const std::string what = "creating topic " + topic.name;
  std::array<char, 256> why{};
  const NewTopic request(
      rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication, why.data(), why.size()));
  if (request == nullptr) return with_text(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, what, why.data());
  for (const auto& [name, value] : topic.config)
    rd_kafka_NewTopic_set_config(request.get(), name.c_str(), value.c_str());

  auto event = ask(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, what, deadline, stop,
                   [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                     rd_kafka_NewTopic_t* topics[] = {request.get()};
                     rd_kafka_CreateTopics(client, topics, 1, options, queue);
                   });
  if (!event.ok()) return event.error();
  std::size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.value().get()), &count);
  return first_error(results, count, what);
}

Result<> create_partitions(rd_kafka_t* client, const std::string& topic, std::size_t total, Deadline deadline) {
  const std::string what = "adding partitions to topic " + topic;
  std::array<char, 256> why{};
  const NewPartitions request(rd_kafka_NewPartitions_new(topic.c_str(), total, why.data(), why.size()));
  if (request == nullptr) return with_text(RD_KAFKA_RESP_ERR__INVALID_ARG, what, why.data());
  auto event = ask(client, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, what, deadline, {},
                   [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                     rd_kafka_NewPartitions_t* requests[] = {request.get()};
                     rd_kafka_CreatePartitions(client, requests, 1, options, queue);
                   });
  if (!event.ok()) return event.error();
  std::size_t count = 0;
  const auto** results =
      rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event.value().get()), &count);
  return first_error(results, count, what);
}

Result<> delete_topic(rd_kafka_t* client, const std::string& topic, Deadline deadline) {
  const std::string what = "deleting topic " + topic;
  const DeleteTopic request(rd_kafka_DeleteTopic_new(topic.c_str()));
  auto event = ask(client, RD_KAFKA_ADMIN_OP_DELETETOPICS, what, deadline, {},
                   [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                     rd_kafka_DeleteTopic_t* requests[] = {request.get()};
                     rd_kafka_DeleteTopics(client, requests, 1, options, queue);
                   });
  if (!event.ok()) return event.error();
  std::size_t count = 0;
  const auto** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.value().get()), &count);
  return first_error(results, count, what);
}

Result<> delete_records(rd_kafka_t* client, const std::string& topic, std::int32_t partition, std::int64_t before,
                        Deadline deadline) {
  const std::string what = "deleting records of " + topic + "[" + std::to_string(partition) + "]";
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = before;
  const DeleteRecords request(rd_kafka_DeleteRecords_new(list.get()));
  auto event = ask(client, RD_KAFKA_ADMIN_OP_DELETERECORDS, what, deadline, {},
                   [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                     rd_kafka_DeleteRecords_t* requests[] = {request.get()};
                     rd_kafka_DeleteRecords(client, requests, 1, options, queue);
                   });
  if (!event.ok()) return event.error();
  const auto* answer = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.value().get()));
  for (int i = 0; i < answer->cnt; ++i) {
    if (answer->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return describe(answer->elems[i].err, what);
  }
  return {};
}

}  // namespace reprise::kafka
