// topic_admin: what an administrator or retention does to a topic while a worker reads it.
//   topic_admin BOOTSTRAP delete-before TOPIC PARTITION OFFSET    as retention would
//   topic_admin BOOTSTRAP add-partitions TOPIC TOTAL
//   topic_admin BOOTSTRAP delete TOPIC
#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace {

constexpr int kTimeoutMs = 20'000;

[[noreturn]] void die(int status, const std::string& why) {
  std::fprintf(stderr, "topic_admin: %s\n", why.c_str());
  std::exit(status);
}

/// The error of the one result that an answer carries.
std::string error_of(rd_kafka_event_t* event) {
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_event_error_string(event);
  if (const auto* result = rd_kafka_event_DeleteRecords_result(event)) {
    const rd_kafka_topic_partition_list_t* list = rd_kafka_DeleteRecords_result_offsets(result);
    return list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_err2str(list->elems[0].err);
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t** topics = nullptr;
  if (const auto* added = rd_kafka_event_CreatePartitions_result(event))
    topics = rd_kafka_CreatePartitions_result_topics(added, &count);
  if (const auto* deleted = rd_kafka_event_DeleteTopics_result(event))
    topics = rd_kafka_DeleteTopics_result_topics(deleted, &count);
  if (count != 1) return "an answer of another kind";
  return rd_kafka_topic_result_error(topics[0]) == RD_KAFKA_RESP_ERR_NO_ERROR
             ? ""
             : rd_kafka_topic_result_error_string(topics[0]);
}

void delete_before(rd_kafka_t* client, rd_kafka_queue_t* queue, const char* topic, int partition, std::int64_t offset) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list);
  rd_kafka_DeleteRecords(client, &request, 1, nullptr, queue);
  rd_kafka_DeleteRecords_destroy(request);
  rd_kafka_topic_partition_list_destroy(list);
}

void add_partitions(rd_kafka_t* client, rd_kafka_queue_t* queue, const char* topic, std::size_t total) {
  char why[256] = "";
  rd_kafka_NewPartitions_t* request = rd_kafka_NewPartitions_new(topic, total, why, sizeof why);
  if (request == nullptr) die(2, why);
  rd_kafka_CreatePartitions(client, &request, 1, nullptr, queue);
  rd_kafka_NewPartitions_destroy(request);
}

void delete_topic(rd_kafka_t* client, rd_kafka_queue_t* queue, const char* topic) {
  rd_kafka_DeleteTopic_t* request = rd_kafka_DeleteTopic_new(topic);
  rd_kafka_DeleteTopics(client, &request, 1, nullptr, queue);
  rd_kafka_DeleteTopic_destroy(request);
}

}  // namespace

int main(int argc, char** argv) {
  const bool is_deletion = argc == 6 && std::strcmp(argv[2], "delete-before") == 0;
  const bool is_addition = argc == 5 && std::strcmp(argv[2], "add-partitions") == 0;
  const bool is_end = argc == 4 && std::strcmp(argv[2], "delete") == 0;
  if (!is_deletion && !is_addition && !is_end)
    die(2,
        "usage: topic_admin BOOTSTRAP delete-before TOPIC PARTITION OFFSET | add-partitions TOPIC TOTAL | delete "
        "TOPIC");
  char why[256] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], why, sizeof why) != RD_KAFKA_CONF_OK) die(2, why);
  const std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> client(
      rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why), rd_kafka_destroy);
  if (client == nullptr) die(2, why);
  const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(rd_kafka_queue_new(client.get()),
                                                                                   rd_kafka_queue_destroy);
  if (is_deletion) {
    delete_before(client.get(), queue.get(), argv[3], std::atoi(argv[4]), std::atoll(argv[5]));
  } else if (is_end) {
    delete_topic(client.get(), queue.get(), argv[3]);
  } else {
    add_partitions(client.get(), queue.get(), argv[3], static_cast<std::size_t>(std::atoi(argv[4])));
  }
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event(
      rd_kafka_queue_poll(queue.get(), kTimeoutMs), rd_kafka_event_destroy);
  if (event == nullptr) die(3, "no answer within 20 s");
  const std::string error = error_of(event.get());
  if (!error.empty()) die(1, error);
  return 0;
}
