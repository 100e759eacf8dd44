#include "plugins/sink-kafka/src/sink.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <functional>

#include "lib/kafka/error.hpp"

namespace reprise::sink_kafka {
namespace {

using namespace std::chrono_literals;
constexpr auto kRound = 2s;
constexpr auto kSlack = 100ms;  // a client's time-out may come this early

}  // namespace

KafkaSink::KafkaSink(Host host, const Options& options) : Sink(host), config_(options, to_view(host.raw()->instance)) {}

KafkaSink::~KafkaSink() { static_cast<void>(stop(host().boot_ns() + 1'000'000'000)); }

kafka::Deadline KafkaSink::deadline(std::int64_t deadline_ns) const {
  const std::int64_t left = deadline_ns == INT64_MAX ? 86'400'000'000'000 : deadline_ns - host().boot_ns();
  return std::chrono::steady_clock::now() + std::chrono::nanoseconds(std::max<std::int64_t>(left, 0));
}

Result<> KafkaSink::start(std::int64_t deadline_ns) {
  if (producer_ != nullptr) return {};
  auto producer = make_producer();
  if (!producer.ok()) return to_failure(producer.error());
  if (config_.created_topic) {
    if (auto made = make_topic(*producer.value(), deadline(deadline_ns)); !made.ok()) return to_failure(made.error());
  }
  producer_ = std::move(producer.value());
  return {};
}

// In rounds, between which the client may say why it takes so long.
kafka::Result<> KafkaSink::make_topic(Producer& producer, kafka::Deadline last) {
  while (true) {
    const kafka::Deadline until = std::min(last, std::chrono::steady_clock::now() + kRound);
    auto made = kafka::create_topic(producer.client(), *config_.created_topic, until, stop_.get_token());
    producer.serve();
    if (made.ok()) come_back();
    const bool is_answer = made.ok() || std::chrono::steady_clock::now() < until - kSlack;
    if (is_answer || until == last || stop_.stop_requested()) return made;
  }
}

kafka::Result<std::unique_ptr<Producer>> KafkaSink::make_producer() {
  return Producer::make(config_.client.copy(), *this, stop_.get_token(), [this] { come_back(); });
}

Result<> KafkaSink::stop(std::int64_t deadline_ns) {
  stop_.request_stop();
  if (retiring_.joinable()) retiring_.join();
  if (producer_ == nullptr) return {};
  if (producer_->in_flight() > 0) {
    producer_->purge();
    producer_->wait_for_reports(deadline(deadline_ns));
    settle_collected();
  }
  if (producer_->in_flight() > 0)
    return fatal("stop.records", std::to_string(producer_->in_flight()) + " records came back neither sent nor failed");
  producer_.reset();
  return {};
}

Result<> KafkaSink::open(StreamView) {
  if (producer_ == nullptr) return fatal("kafka.not_started", "open before start");
  if (!is_watched_) {
    if (auto watched = host().watch(producer_->fd(), REPRISE_READABLE); !watched) return watched;
    is_watched_ = true;
    producer_->serve();  // a queue that was filled before does not signal
    settle_collected();
  }
  return {};
}

void KafkaSink::close(std::uint32_t, std::int32_t) {}

void KafkaSink::route(Records records, std::span<reprise_route> routes) {
  // The producer keeps the order of a partition by itself; records of a topic wait together when it fails.
  if (!config_.topic.empty()) return;  // one for all: the sink as a whole
  for (std::size_t i = 0; i < records.size(); ++i)
    routes[i].group = std::hash<std::string_view>{}(topic_of(records[i]));
}

const std::string& KafkaSink::topic_of(const RecordView& record) {
  if (!config_.topic.empty()) return config_.topic;
  if (record_topic_ != record.topic()) record_topic_ = record.topic();
  return record_topic_;
}

Result<std::size_t> KafkaSink::deliver(Records records) {
  if (producer_ == nullptr) return fatal("kafka.not_started", "deliver before start");
  replace_if_lost();
  std::size_t taken = 0;
  for (const RecordView record : records) {
    if (is_lost_) break;
    const std::string& topic = topic_of(record);
    const std::int32_t partition = config_.keeps_partition ? record.partition() : RD_KAFKA_PARTITION_UA;
    const rd_kafka_resp_err_t code =
        producer_->produce(*record.raw(), topic, partition, config_.keeps_timestamp ? record.timestamp_ms() : -1);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL || code == RD_KAFKA_RESP_ERR__FATAL) break;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) settle_refused(record, code, topic);
    ++taken;
  }
  is_full_ = taken < records.size();
  replace_if_lost();
  settle_collected();
  return taken;
}

void KafkaSink::settle_refused(const RecordView& record, rd_kafka_resp_err_t code, const std::string& topic) {
  failures_.push_back(to_failure(kafka::describe(code, "topic " + topic)));
  collected_.push_back(failed(record.handle(), failures_.back()));
  failure_index_.push_back(failures_.size());
}

void KafkaSink::on_delivery(const rd_kafka_message_t& message) {
  producer_->count_report();
  const auto handle = std::bit_cast<std::uint64_t>(message._private);
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    collected_.push_back(delivered(handle));
    failure_index_.push_back(0);
    return;
  }
  kafka::Error error = kafka::describe(
      message.err, std::string("topic ") + (message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : config_.topic));
  if (error.kind == "kafka.unknown_topic") error.message += " (create it, or set create_topic.enabled)";
  failures_.push_back(to_failure(error));
  collected_.push_back(failed(handle, failures_.back()));
  failure_index_.push_back(failures_.size());
}

void KafkaSink::settle_collected() {
  if (collected_.empty()) return;
  // failures_ may have moved while it grew.
  for (std::size_t i = 0; i < collected_.size(); ++i) {
    if (failure_index_[i] > 0) collected_[i].error = &failures_[failure_index_[i] - 1].error();
  }
  const bool is_any_delivered =
      std::ranges::any_of(collected_, [](const Settlement& settlement) { return settlement.status == REPRISE_OK; });
  host().settle(collected_);
  collected_.clear();
  failures_.clear();
  failure_index_.clear();
  if (is_any_delivered) come_back();
  if (is_full_) {
    is_full_ = false;
    host().resume(0);
  }
}

void KafkaSink::replace_if_lost() {
  if (!is_lost_) {
    if (!producer_->is_lost()) return;
    is_lost_ = true;
    host().log(Level::Warn, "the Kafka producer has failed for good; its records are taken back and a new one is made",
               {{"kind", "kafka.producer_lost"}, {"records", producer_->in_flight()}});
    producer_->purge();
    producer_->serve();
  }
  if (producer_->in_flight() > 0) return;
  auto fresh = make_producer();
  if (!fresh.ok()) {
    host().log(Level::Error, fresh.error().message, {{"kind", fresh.error().kind}});
    return;
  }
  if (is_watched_) host().unwatch(producer_->fd());
  retire(std::exchange(producer_, std::move(fresh.value())));
  if (is_watched_) {
    if (auto watched = host().watch(producer_->fd(), REPRISE_READABLE); !watched) throw watched.failure();
  }
  is_lost_ = false;
  is_full_ = false;
  host().resume(0);
}

void KafkaSink::retire(std::unique_ptr<Producer> producer) {
  if (retiring_.joinable()) retiring_.join();
  retiring_ = std::thread([old = std::move(producer)]() mutable { old.reset(); });
}

void KafkaSink::flush(std::int32_t why, std::int64_t) {
  // With nothing more there now, `linger` says how long to wait for what comes next.
  if (producer_ == nullptr || why == REPRISE_FLUSH_IDLE) return;
  producer_->flush();
  settle_collected();
}

void KafkaSink::ready(std::int32_t fd, std::uint32_t) {
  if (producer_ == nullptr || fd != producer_->fd()) return;
  producer_->serve();
  replace_if_lost();
  settle_collected();
}

// Also when nothing comes that could be written: else it would be degraded until the next dead letter, which may be never.
void KafkaSink::come_back() {
  if (!absence_.end()) return;
  host().health("", REPRISE_UP);
  host().log(Level::Info, "Kafka is reachable again");
}

void KafkaSink::on_log(int severity, std::string_view text) {
  host().log(severity <= 2 ? Level::Warn : Level::Debug, text, {{"from", "librdkafka"}, {"kind", "kafka.client"}});
}

void KafkaSink::on_error(rd_kafka_resp_err_t code, std::string_view text) {
  const bool is_lasting = code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                          code == RD_KAFKA_RESP_ERR__SSL || code == RD_KAFKA_RESP_ERR__RESOLVE;
  if (!is_lasting) {
    host().log(Level::Debug, text, {{"from", "librdkafka"}, {"code", static_cast<int>(code)}});
    return;
  }
  if (absence_.begin(code)) {
    Failure why(REPRISE_RETRIABLE, kafka::kind_of(code), text);
    why.code(code).about_endpoint();
    host().health("", absence_.is_refusal() ? REPRISE_INVALID : REPRISE_DEGRADED, &why);
    host().log(Level::Warn, "Kafka cannot be reached; records wait",
               {{"reason", text}, {"kind", kafka::kind_of(code)}});
  }
  if (producer_ != nullptr) producer_->watch_for_return();
}

}  // namespace reprise::sink_kafka
