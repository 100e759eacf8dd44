// topic_admin: what an administrator or retention does to a topic while a worker reads it.
//   topic_admin BOOTSTRAP delete-before TOPIC PARTITION OFFSET    as retention would
//   topic_admin BOOTSTRAP add-partitions TOPIC TOTAL
//   topic_admin BOOTSTRAP create TOPIC PARTITIONS [NAME=VALUE...]
//   topic_admin BOOTSTRAP delete TOPIC
#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

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
  if (const auto* added = rd_kafka_event_CreatePartitions_result(event)) {
    topics = rd_kafka_CreatePartitions_result_topics(added, &count);
  } else if (const auto* created = rd_kafka_event_CreateTopics_result(event)) {
    topics = rd_kafka_CreateTopics_result_topics(created, &count);
  } else if (const auto* deleted = rd_kafka_event_DeleteTopics_result(event)) {
    topics = rd_kafka_DeleteTopics_result_topics(deleted, &count);
  }
  if (count != 1) return "an answer of another kind";
  if (rd_kafka_topic_result_error(topics[0]) == RD_KAFKA_RESP_ERR_NO_ERROR) return "";
  const char* const text = rd_kafka_topic_result_error_string(topics[0]);
  return text != nullptr ? text : rd_kafka_err2str(rd_kafka_topic_result_error(topics[0]));
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

void create(rd_kafka_t* client, rd_kafka_queue_t* queue, const char* topic, int partitions,
            const std::vector<std::string>& config) {
  char why[256] = "";
  rd_kafka_NewTopic_t* request = rd_kafka_NewTopic_new(topic, partitions, 1, why, sizeof why);
  if (request == nullptr) die(2, why);
  for (const std::string& each : config) {
    const auto equals = each.find('=');
    if (equals == std::string::npos) die(2, each + " is no NAME=VALUE");
    rd_kafka_NewTopic_set_config(request, each.substr(0, equals).c_str(), each.c_str() + equals + 1);
  }
  rd_kafka_CreateTopics(client, &request, 1, nullptr, queue);
  rd_kafka_NewTopic_destroy(request);
}

// The broker answers when it has deleted the topic: one of the same name may be created at once.
void delete_topic(rd_kafka_t* client, rd_kafka_queue_t* queue, const char* topic) {
  rd_kafka_DeleteTopic_t* request = rd_kafka_DeleteTopic_new(topic);
  rd_kafka_DeleteTopics(client, &request, 1, nullptr, queue);
  rd_kafka_DeleteTopic_destroy(request);
}

using Ask = std::function<void(rd_kafka_t*, rd_kafka_queue_t*)>;

/// What the arguments ask for; empty: nothing that is known.
Ask parse(int argc, char** argv) {
  const auto is = [&](const char* verb) { return argc > 3 && std::strcmp(argv[2], verb) == 0; };
  const char* const topic = argc > 3 ? argv[3] : "";
  if (is("delete-before") && argc == 6) {
    return [=](auto* client, auto* queue) {
      delete_before(client, queue, topic, std::atoi(argv[4]), std::atoll(argv[5]));
    };
  }
  if (is("add-partitions") && argc == 5) {
    return [=](auto* client, auto* queue) {
      add_partitions(client, queue, topic, static_cast<std::size_t>(std::atoi(argv[4])));
    };
  }
  if (is("create") && argc >= 5) {
    return [=](auto* client, auto* queue) {
      create(client, queue, topic, std::atoi(argv[4]), std::vector<std::string>(argv + 5, argv + argc));
    };
  }
  if (is("delete") && argc == 4) return [=](auto* client, auto* queue) { delete_topic(client, queue, topic); };
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const Ask ask = parse(argc, argv);
  if (!ask) {
    die(2,
        "usage: topic_admin BOOTSTRAP delete-before TOPIC PARTITION OFFSET | add-partitions TOPIC TOTAL | "
        "create TOPIC PARTITIONS [NAME=VALUE...] | delete TOPIC");
  }
  char why[256] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], why, sizeof why) != RD_KAFKA_CONF_OK) die(2, why);
  const std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> client(
      rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why), rd_kafka_destroy);
  if (client == nullptr) die(2, why);
  const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(rd_kafka_queue_new(client.get()),
                                                                                   rd_kafka_queue_destroy);
  ask(client.get(), queue.get());
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event(
      rd_kafka_queue_poll(queue.get(), kTimeoutMs), rd_kafka_event_destroy);
  if (event == nullptr) die(3, "no answer within 20 s");
  const std::string error = error_of(event.get());
  if (!error.empty()) die(1, error);
  return 0;
}
