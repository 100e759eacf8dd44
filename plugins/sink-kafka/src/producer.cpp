#include "plugins/sink-kafka/src/producer.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <bit>

namespace reprise::sink_kafka {
namespace {

constexpr std::uint64_t kSignal = 1;

void* opaque_of(std::uint64_t handle) {
  static_assert(sizeof(void*) == sizeof(handle));
  return std::bit_cast<void*>(handle);
}

/// The headers as librdkafka wants them: its own copies.
kafka::Headers copy_headers(const reprise_record& record) {
  if (record.header_count == 0) return nullptr;
  kafka::Headers headers(rd_kafka_headers_new(record.header_count));
  for (std::uint32_t i = 0; i < record.header_count; ++i) {
    const reprise_header& header = record.headers[i];
    rd_kafka_header_add(headers.get(), header.name.data, static_cast<ssize_t>(header.name.size), header.value.data,
                        static_cast<ssize_t>(header.value.size));
  }
  return headers;
}

void set(rd_kafka_vu_t& argument, rd_kafka_vtype_t type) { argument.vtype = type; }

}  // namespace

kafka::Result<std::unique_ptr<Producer>> Producer::make(kafka::ClientConf conf, kafka::ClientEvents& events,
                                                        std::stop_token stop, std::function<void()> on_back) {
  auto client = conf.make_producer(events);
  if (!client.ok()) return client.error();
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0)
    return kafka::describe(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, "an event descriptor for the Kafka producer");
  return std::unique_ptr<Producer>(new Producer(std::move(client.value()), fd, std::move(stop), std::move(on_back)));
}

Producer::Producer(kafka::Client client, int fd, std::stop_token stop, std::function<void()> on_back)
    : client_(std::move(client)), fd_(fd), return_watch_(client_.get(), std::move(stop), std::move(on_back)) {
  const kafka::Queue main(rd_kafka_queue_get_main(client_.get()));
  rd_kafka_queue_io_event_enable(main.get(), fd_, &kSignal, sizeof(kSignal));
}

Producer::~Producer() {
  const kafka::Queue main(rd_kafka_queue_get_main(client_.get()));
  rd_kafka_queue_io_event_enable(main.get(), -1, nullptr, 0);
  close(fd_);
}

void Producer::serve() {
  std::uint64_t count = 0;
  static_cast<void>(!read(fd_, &count, sizeof(count)));
  while (rd_kafka_poll(client_.get(), 0) > 0) {
  }
}

rd_kafka_topic_t* Producer::topic_handle(const std::string& topic) {
  const auto found = topics_.find(topic);
  if (found != topics_.end()) return found->second.get();
  kafka::Topic handle(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
  if (handle == nullptr) return nullptr;
  return topics_.emplace(topic, std::move(handle)).first->second.get();
}

rd_kafka_resp_err_t Producer::produce(const reprise_record& record, const std::string& topic, std::int32_t partition,
                                      std::int64_t timestamp_ms) {
  rd_kafka_topic_t* handle = topic_handle(topic);
  if (handle == nullptr) return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
  kafka::Headers headers = copy_headers(record);

  rd_kafka_vu_t arguments[8];
  std::size_t count = 0;
  set(arguments[count], RD_KAFKA_VTYPE_RKT);
  arguments[count++].u.rkt = handle;
  set(arguments[count], RD_KAFKA_VTYPE_PARTITION);
  arguments[count++].u.i32 = partition;
  // No F_COPY and no F_FREE: the host keeps the bytes until the record is settled.
  set(arguments[count], RD_KAFKA_VTYPE_VALUE);
  arguments[count].u.mem.ptr = const_cast<std::uint8_t*>(record.value.data);
  arguments[count++].u.mem.size = record.value.size;
  set(arguments[count], RD_KAFKA_VTYPE_KEY);
  arguments[count].u.mem.ptr = const_cast<std::uint8_t*>(record.key.data);
  arguments[count++].u.mem.size = record.key.size;
  set(arguments[count], RD_KAFKA_VTYPE_OPAQUE);
  arguments[count++].u.ptr = opaque_of(record.handle);
  if (timestamp_ms >= 0) {
    set(arguments[count], RD_KAFKA_VTYPE_TIMESTAMP);
    arguments[count++].u.i64 = timestamp_ms;
  }
  if (headers != nullptr) {
    set(arguments[count], RD_KAFKA_VTYPE_HEADERS);
    arguments[count++].u.headers = headers.get();
  }
  const kafka::KafkaError error(rd_kafka_produceva(client_.get(), arguments, count));
  if (error != nullptr) return rd_kafka_error_code(error.get());
  static_cast<void>(headers.release());  // the producer owns them now
  ++in_flight_;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void Producer::flush() {
  // Timeout 0: wakes the broker threads, which then do not wait for linger.ms, and delivers the reports that are there.
  rd_kafka_flush(client_.get(), 0);
}

void Producer::purge() { rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT); }

void Producer::wait_for_reports(kafka::Deadline deadline) {
  while (in_flight_ > 0 && kafka::remaining_ms(deadline) > 0)
    rd_kafka_poll(client_.get(), std::min(kafka::remaining_ms(deadline), 100));
}

bool Producer::is_lost() const { return rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR; }

}  // namespace reprise::sink_kafka
