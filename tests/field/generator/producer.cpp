#include "producer.hpp"

#include <cerrno>
#include <cstring>

#include "../common/args.hpp"

namespace field {

void create_topic(rd_kafka_t* client, const std::string& topic, int partitions,
                  const std::vector<std::pair<std::string, std::string>>& configs) {
  char error[512] = "";
  rd_kafka_NewTopic_t* wanted = rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, error, sizeof error);
  if (wanted == nullptr) die(2, "topic " + topic + ": " + error);
  for (const auto& [name, value] : configs) {
    if (rd_kafka_NewTopic_set_config(wanted, name.c_str(), value.c_str()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      die(2, "topic " + topic + ": cannot set " + name);
    }
  }
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  rd_kafka_AdminOptions_t* options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_operation_timeout(options, 20'000, error, sizeof error);
  rd_kafka_CreateTopics(client, &wanted, 1, options, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30'000);
  std::string problem;
  if (event == nullptr) {
    problem = "no answer within 30 s";
  } else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    problem = rd_kafka_event_error_string(event);
  } else {
    std::size_t count = 0;
    const auto** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    const auto code = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      const char* text = count == 1 ? rd_kafka_topic_result_error_string(results[0]) : nullptr;
      problem = text != nullptr ? text : rd_kafka_err2str(code);
    }
  }
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(wanted);
  if (!problem.empty()) die(1, "create topic " + topic + ": " + problem);
}

Producer::Producer(const std::string& bootstrap, const std::string& codec,
                   const std::vector<std::pair<std::string, std::string>>& client_configs,
                   const std::string& truth_path) {
  char error[512] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) die(2, error);
  };
  set("bootstrap.servers", bootstrap);
  set("enable.idempotence", "true");
  // With more, the first batch of a new partition can be refused, the second taken, and both be reported as delivered.
  set("max.in.flight.requests.per.connection", "1");
  set("compression.codec", codec);
  set("partitioner", "murmur2_random");
  set("linger.ms", "5");
  set("batch.size", "262144");
  set("queue.buffering.max.messages", "200000");
  set("queue.buffering.max.kbytes", "262144");
  set("topic.metadata.refresh.sparse", "true");
  for (const auto& [name, value] : client_configs) set(name, value);
  rd_kafka_conf_set_opaque(conf, this);
  rd_kafka_conf_set_dr_msg_cb(conf, &Producer::on_report);
  client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (client_ == nullptr) die(2, error);
  if (!truth_path.empty()) {
    truth_ = std::fopen(truth_path.c_str(), "w");
    if (truth_ == nullptr) die(2, "cannot write " + truth_path + ": " + std::strerror(errno));
    truth_lines_ = "#event_id\twebhook_id\ttimestamp_ms\tsha256\tcopy\tpartition\toffset\n";
  }
}

Producer::~Producer() {
  if (topic_ != nullptr) rd_kafka_topic_destroy(topic_);
  if (client_ != nullptr) rd_kafka_destroy(client_);
  if (truth_ != nullptr) std::fclose(truth_);
}

void Producer::open(const std::string& topic) {
  topic_ = rd_kafka_topic_new(client_, topic.c_str(), nullptr);
  if (topic_ == nullptr) die(1, "topic " + topic + ": " + rd_kafka_err2str(rd_kafka_last_error()));
}

void Producer::send(std::int64_t webhook_id, const std::string& value, std::int64_t timestamp_ms,
                    std::unique_ptr<Sent> sent) {
  const std::string key = std::to_string(webhook_id);
  Sent* opaque = sent.release();  // owned by librdkafka until its report; note() takes it back
  for (;;) {
    const auto code =
        rd_kafka_producev(client_, RD_KAFKA_V_RKT(topic_), RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
                          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                          RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) die(1, std::string("produce: ") + rd_kafka_err2str(code));
    rd_kafka_poll(client_, 50);
  }
}

void Producer::serve(int wait_ms) { rd_kafka_poll(client_, wait_ms); }

bool Producer::finish(int timeout_ms) {
  const auto code = rd_kafka_flush(client_, timeout_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) first_error_ = "not everything was acknowledged in time";
  write_truth();
  if (!first_error_.empty()) std::fprintf(stderr, "field_generator: %s\n", first_error_.c_str());
  return first_error_.empty();
}

void Producer::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  static_cast<Producer*>(opaque)->note(*message);
}

void Producer::note(const rd_kafka_message_t& message) {
  const std::unique_ptr<Sent> sent(static_cast<Sent*>(message._private));
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++failed_;
    if (first_error_.empty()) first_error_ = std::string("a record failed: ") + rd_kafka_err2str(message.err);
    return;
  }
  ++acknowledged_;
  if (sent == nullptr || truth_ == nullptr) return;
  truth_lines_.append(sent->event_id).append("\t").append(std::to_string(sent->webhook_id)).append("\t");
  truth_lines_.append(std::to_string(sent->timestamp_ms)).append("\t").append(hex(sent->digest)).append("\t");
  truth_lines_.append(std::to_string(sent->copy)).append("\t").append(std::to_string(message.partition)).append("\t");
  truth_lines_.append(std::to_string(message.offset)).append("\n");
  if (truth_lines_.size() > (std::size_t{1} << 20)) write_truth();
}

void Producer::write_truth() {
  if (truth_ == nullptr) return;
  const bool written = std::fwrite(truth_lines_.data(), 1, truth_lines_.size(), truth_) == truth_lines_.size();
  if ((!written || std::fflush(truth_) != 0) && first_error_.empty()) first_error_ = "cannot write the truth file";
  truth_lines_.clear();
}

}  // namespace field
