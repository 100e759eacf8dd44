// bare_consumer BOOTSTRAP TOPIC RECORDS [QUEUE_KBYTES]: reads so many records of all partitions and does nothing with them.
// The same calls and client options as source-kafka: a queue and an event descriptor for each partition, batches without
// waiting, and a thread that wakes the fetcher (librdkafka below 2.2.0 sleeps up to a second when a queue was full).
// Prints what it took, from the first record to the last.
#include <librdkafka/rdkafka.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "bench/stopwatch.hpp"
#include "lib/kafka/handles.hpp"
#include "lib/kafka/version.hpp"

namespace {

using namespace std::chrono_literals;
using namespace reprise::kafka;

constexpr std::size_t kBatch = 256;
constexpr int kWaitMs = 10'000;
constexpr std::uint64_t kSignal = 1;

[[noreturn]] void die(const std::string& message) {
  std::fprintf(stderr, "bare_consumer: %s\n", message.c_str());
  std::exit(1);
}

Client make_client(const char* bootstrap, const char* queue_kbytes) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  std::array<char, 512> why{};
  const auto set = [&](const char* name, const char* value) {
    if (rd_kafka_conf_set(conf, name, value, why.data(), why.size()) != RD_KAFKA_CONF_OK) die(why.data());
  };
  set("bootstrap.servers", bootstrap);
  set("allow.auto.create.topics", "false");
  set("socket.keepalive.enable", "true");
  set("socket.nagle.disable", "true");
  set("socket.timeout.ms", "30000");
  set("auto.offset.reset", "error");
  set("group.id", "reprise-bench");
  set("enable.auto.commit", "false");
  set("enable.auto.offset.store", "false");
  set("enable.partition.eof", "true");
  set("isolation.level", "read_committed");
  set("check.crcs", "true");
  set("queued.max.messages.kbytes", queue_kbytes);
  set("fetch.message.max.bytes", "1048576");
  set("fetch.wait.max.ms", "500");
  set("fetch.error.backoff.ms", "100");
  if (has_fetch_queue_backoff(rd_kafka_version())) set("fetch.queue.backoff.ms", "5");
  Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size()));
  if (client == nullptr) die(why.data());
  return client;
}

int count_partitions(rd_kafka_t* client, rd_kafka_topic_t* topic) {
  const struct rd_kafka_metadata* raw = nullptr;
  const auto code = rd_kafka_metadata(client, 0, topic, &raw, kWaitMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) die(rd_kafka_err2str(code));
  const Metadata metadata(raw);
  if (metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt == 0) die("no such topic");
  return metadata->topics[0].partition_cnt;
}

/// The partitions of a topic, each with its queue; all signal one epoll descriptor.
class Reader {
 public:
  Reader(const char* bootstrap, const char* topic, const char* queue_kbytes)
      : client_(make_client(bootstrap, queue_kbytes)),
        topic_(rd_kafka_topic_new(client_.get(), topic, nullptr)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const int count = count_partitions(client_.get(), topic_.get());
    for (int partition = 0; partition < count; ++partition) open(partition);
    if (!has_fetch_queue_backoff(rd_kafka_version())) {
      waker_ = std::jthread([this](const std::stop_token& stop) { wake_fetcher(stop); });
    }
  }

  ~Reader() {
    waker_ = {};
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      rd_kafka_consume_stop(topic_.get(), static_cast<std::int32_t>(i));
      rd_kafka_queue_io_event_enable(queues_[i].get(), -1, nullptr, 0);
      close(signals_[i]);
    }
    close(epoll_);
  }

  /// Reads until `wanted` records have come, or nothing comes for kWaitMs.
  void read(std::uint64_t wanted) {
    bench::Stopwatch stopwatch;
    std::uint64_t records = 0;
    while (records < wanted) {
      std::size_t read = 0;
      for (const Queue& queue : queues_) read += take(queue);
      if (read > 0 && !stopwatch.is_running()) stopwatch.start();
      records += read;
      if (read == 0) rest();
    }
    stopwatch.report(stdout, records);
  }

 private:
  void open(std::int32_t partition) {
    queues_.emplace_back(rd_kafka_queue_new(client_.get()));
    signals_.push_back(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    epoll_event event{.events = EPOLLIN, .data = {.fd = signals_.back()}};
    if (signals_.back() < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, signals_.back(), &event) != 0)
      die("no event descriptor");
    rd_kafka_queue_io_event_enable(queues_.back().get(), signals_.back(), &kSignal, sizeof kSignal);
    if (rd_kafka_consume_start_queue(topic_.get(), partition, RD_KAFKA_OFFSET_BEGINNING, queues_.back().get()) != 0) {
      die(rd_kafka_err2str(rd_kafka_last_error()));
    }
  }

  std::size_t take(const Queue& queue) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue.get(), 0, messages_.data(), messages_.size());
    if (count < 0) die(rd_kafka_err2str(rd_kafka_last_error()));
    std::size_t records = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const rd_kafka_message_t& message = *messages_[i];
      if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++records;
      } else if (message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        die(rd_kafka_message_errstr(&message));
      }
      rd_kafka_message_destroy(messages_[i]);
    }
    return records;
  }

  void rest() {
    std::array<epoll_event, 16> events{};
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kWaitMs);
    if (ready <= 0) die("the topic holds fewer records");
    for (int i = 0; i < ready; ++i) {
      std::uint64_t count = 0;
      static_cast<void>(!::read(events[static_cast<std::size_t>(i)].data.fd, &count, sizeof count));
    }
  }

  void wake_fetcher(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      changed.wait_for(lock, stop, 5ms, [] { return false; });
      bool is_low = false;
      for (const Queue& queue : queues_) is_low = is_low || rd_kafka_queue_length(queue.get()) < kBatch;
      std::int64_t low = 0, high = 0;
      if (is_low)
        rd_kafka_query_watermark_offsets(client_.get(), rd_kafka_topic_name(topic_.get()), 0, &low, &high, 100);
    }
  }

  Client client_;
  Topic topic_;
  int epoll_;
  std::vector<Queue> queues_;
  std::vector<int> signals_;
  std::array<rd_kafka_message_t*, kBatch> messages_{};
  std::jthread waker_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: bare_consumer BOOTSTRAP TOPIC RECORDS [QUEUE_KBYTES]\n");
    return 2;
  }
  Reader reader(argv[1], argv[2], argc > 4 ? argv[4] : "4096");
  reader.read(std::strtoull(argv[3], nullptr, 10));
}
