// topic_writer: writes what a well-behaved generator does not: records of any time, without a key, in transactions.
//   topic_writer BOOTSTRAP TOPIC [TRANSACTIONAL_ID] <COMMANDS
// Commands, one a line; each is done when "ok" is written, and "refused: WHY" says that the broker did not want it.
//   send PARTITION TIMESTAMP_MS COUNT [KEY]    COUNT records; their values are VALUE-0, VALUE-1 ... over the whole run
//   begin | commit | abort                     a transaction
// At the end of its input it ends without a word to the broker: a transaction that is open then stays open until its timeout.
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace {

constexpr int kTimeoutMs = 20'000;
std::string refused;  // of the records of one command

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "topic_writer: %s\n", why.c_str());
  std::exit(2);
}

void set(rd_kafka_conf_t* conf, const char* name, const char* value) {
  char why[256] = "";
  if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) die(why);
}

void check(rd_kafka_error_t* error) {
  if (error != nullptr) die(rd_kafka_error_string(error));
}

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) refused = rd_kafka_err2str(message->err);
}

class Writer {
 public:
  Writer(rd_kafka_t* client, const char* topic) : client_(client), topic_(topic) {}

  void run(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    refused.clear();
    if (verb == "send") {
      send(words);
    } else if (verb == "begin") {
      check(rd_kafka_begin_transaction(client_));
    } else if (verb == "commit") {
      check(rd_kafka_commit_transaction(client_, kTimeoutMs));
    } else if (verb == "abort") {
      check(rd_kafka_abort_transaction(client_, kTimeoutMs));
    } else {
      die("unknown command: " + line);
    }
    std::printf("%s\n", refused.empty() ? "ok" : ("refused: " + refused).c_str());
    std::fflush(stdout);
  }

 private:
  void send(std::istringstream& words) {
    std::int32_t partition = 0;
    std::int64_t timestamp_ms = 0, count = 0;
    std::string key;
    if (!(words >> partition >> timestamp_ms >> count)) die("send PARTITION TIMESTAMP_MS COUNT [KEY]");
    words >> key;
    for (; count > 0; --count) {
      const std::string value = "VALUE-" + std::to_string(next_++);
      const rd_kafka_resp_err_t code = rd_kafka_producev(
          client_, RD_KAFKA_V_TOPIC(topic_), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_KEY(key.empty() ? nullptr : key.data(), key.size()),
          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_TIMESTAMP(timestamp_ms),
          RD_KAFKA_V_END);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) die(rd_kafka_err2str(code));
    }
    if (rd_kafka_flush(client_, kTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) die("not written within 20 s");
  }

  rd_kafka_t* const client_;
  const char* const topic_;
  std::int64_t next_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) die("usage: topic_writer BOOTSTRAP TOPIC [TRANSACTIONAL_ID] <COMMANDS");
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", argv[1]);
  set(conf, "linger.ms", "0");
  if (argc == 4) set(conf, "transactional.id", argv[3]);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  char why[256] = "";
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  if (client == nullptr) die(why);
  if (argc == 4) check(rd_kafka_init_transactions(client, kTimeoutMs));
  Writer writer(client, argv[2]);
  for (std::string line; std::getline(std::cin, line);) writer.run(line);
  _exit(0);
}
