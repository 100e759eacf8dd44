#include "plugins/source-kafka/src/source.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "lib/kafka/error.hpp"
#include "lib/kafka/partitioner.hpp"

namespace reprise::source_kafka {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSignal = 1;

}  // namespace

KafkaSource::KafkaSource(Host host, const Options& options)
    : Source(host), config_(options, to_view(host.raw()->instance), rd_kafka_version()) {}

KafkaSource::~KafkaSource() {
  static_cast<void>(stop(host().boot_ns() + 1'000'000'000));
  if (pool_ != nullptr && pool_->outstanding() > 0) {
    // Freeing the client under a batch that is still out would be a use after free; a leak at the end is the lesser evil.
    host().log(Level::Error, "batches were not released; the Kafka client is left as it is",
               {{"kind", "kafka.batches_kept"}, {"batches", pool_->outstanding()}});
    static_cast<void>(pool_.release());
    static_cast<void>(client_.release());
    for (auto& [name, topic] : topics_) static_cast<void>(topic.release());
  }
}

Result<> KafkaSource::start(std::int64_t) {
  if (client_ != nullptr) return {};
  auto client = config_.client.copy().make_consumer(*this);
  if (!client.ok()) return to_failure(client.error());
  client_ = std::move(client.value());
  pool_ = std::make_unique<BatchPool>();
  attendant_ = std::make_unique<Attendant>(client_.get(), host(), config_.queue_max_bytes, config_.needs_waking, stop_);
  return_watch_ = std::make_unique<kafka::ReturnWatch>(client_.get(), stop_.get_token(), [this] { on_back(); });
  context_ = std::make_unique<CursorContext>(
      CursorContext{host(), client_.get(), *attendant_, *pool_, config_.reads_headers,
                    host().counter("reprise_kafka_records_dropped_total",
                                   "Records below the expected offset, given again by the Kafka client and dropped")});
  return {};
}

Result<> KafkaSource::stop(std::int64_t deadline_ns) {
  stop_.request_stop();
  cursor_of_fd_.clear();
  cursors_.clear();
  return_watch_.reset();
  attendant_.reset();
  if (client_ == nullptr) return {};
  if (client_fd_ >= 0) {
    const kafka::Queue main(rd_kafka_queue_get_main(client_.get()));
    rd_kafka_queue_io_event_enable(main.get(), -1, nullptr, 0);
    ::close(std::exchange(client_fd_, -1));
  }
  // Messages refer to the client: it goes when the last batch is back.
  const auto until = deadline(deadline_ns);
  while (pool_->outstanding() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  if (pool_->outstanding() > 0) {
    return fatal("stop.batches",
                 std::to_string(pool_->outstanding()) + " batches were not released before the deadline");
  }
  topics_.clear();
  client_.reset();
  return {};
}

kafka::Deadline KafkaSource::deadline(std::int64_t deadline_ns) const {
  const std::int64_t left = deadline_ns == INT64_MAX ? 86'400'000'000'000 : deadline_ns - host().boot_ns();
  return std::chrono::steady_clock::now() + std::chrono::nanoseconds(std::max<std::int64_t>(left, 0));
}

rd_kafka_topic_t* KafkaSource::topic_handle(std::string_view topic) {
  const auto found = topics_.find(topic);
  if (found != topics_.end()) return found->second.get();
  std::string name(topic);
  kafka::Topic handle(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
  if (handle == nullptr) throw to_failure(kafka::describe(rd_kafka_last_error(), "topic " + name));
  return topics_.emplace(std::move(name), std::move(handle)).first->second.get();
}

void KafkaSource::watch_client() {
  if (client_fd_ >= 0) return;
  client_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (client_fd_ < 0) throw retriable("kafka.descriptors", "no event descriptor for the Kafka client");
  const kafka::Queue main(rd_kafka_queue_get_main(client_.get()));
  rd_kafka_queue_io_event_enable(main.get(), client_fd_, &kSignal, sizeof(kSignal));
  if (auto watched = host().watch(client_fd_, REPRISE_READABLE); !watched) throw watched.failure();
  rd_kafka_poll(client_.get(), 0);  // a queue that was filled before does not signal
}

Result<> KafkaSource::open(StreamView stream) {
  if (client_ == nullptr) return fatal("kafka.not_started", "open before start");
  watch_client();
  close(stream.slot(), REPRISE_CLOSE_STOP);
  for (const auto& [slot, other] : cursors_) {
    // The client keeps one position per partition, and aborts the process when it is started twice.
    if (other->reads(stream.topic(), stream.partition())) {
      return fatal("kafka.partition_open", "slot " + std::to_string(slot) + " reads " + std::string(stream.topic()) +
                                               "[" + std::to_string(stream.partition()) + "] already");
    }
  }
  auto cursor = std::make_unique<Cursor>(*context_, topic_handle(stream.topic()), stream.partition(), stream.slot(),
                                         stream.start(), stream.end());
  if (auto result = cursor->start(); !result.ok()) return result;
  if (auto watched = host().watch(cursor->fd(), REPRISE_READABLE); !watched) return watched;
  cursor_of_fd_[cursor->fd()] = cursor.get();
  cursors_[stream.slot()] = std::move(cursor);
  return {};
}

void KafkaSource::close(std::uint32_t slot, std::int32_t) {
  const auto found = cursors_.find(slot);
  if (found == cursors_.end()) return;
  host().unwatch(found->second->fd());
  cursor_of_fd_.erase(found->second->fd());
  cursors_.erase(found);
}

Result<> KafkaSource::poll(std::uint32_t slot, std::size_t max_records, std::size_t max_bytes, Batch& out) {
  const auto found = cursors_.find(slot);
  if (found == cursors_.end()) return fatal("kafka.slot", "slot " + std::to_string(slot) + " is not open");
  return found->second->poll(max_records, max_bytes, out);
}

void KafkaSource::ready(std::int32_t fd, std::uint32_t) {
  if (fd == client_fd_) {
    std::uint64_t count = 0;
    static_cast<void>(!read(fd, &count, sizeof(count)));
    while (rd_kafka_poll(client_.get(), 0) > 0) {
    }
    return;
  }
  const auto found = cursor_of_fd_.find(fd);
  if (found == cursor_of_fd_.end()) return;
  for (const auto& [slot, cursor] : cursors_) {
    if (cursor.get() == found->second && cursor->take_signal()) host().resume(slot);
  }
}

void KafkaSource::commit(std::span<const Place> places) {
  if (client_ == nullptr || places.empty()) return;
  const kafka::Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
  for (const Place& place : places) {
    if (place.offset < 0) continue;
    rd_kafka_topic_partition_list_add(list.get(), std::string(to_view(place.topic)).c_str(), place.partition)->offset =
        place.offset;
  }
  if (list->cnt == 0) return;
  if (const auto code = rd_kafka_commit(client_.get(), list.get(), 1); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    on_commit(code);
}

Result<std::size_t> KafkaSource::partitions(std::string_view topic, std::size_t first, std::span<Place> out,
                                            std::int64_t deadline_ns) {
  if (client_ == nullptr) return fatal("kafka.not_started", "partitions before start");
  if (first == 0) {
    const std::vector<std::string> topics =
        topic.empty() ? config_.topics : std::vector<std::string>{std::string(topic)};
    auto listed = kafka::list_partitions(client_.get(), topics, deadline(deadline_ns), stop_.get_token());
    if (!listed.ok()) {
      kafka::Error error = listed.error();
      error.message += " (cluster at " + config_.servers + ")";
      return to_failure(error);
    }
    listed_ = std::move(listed.value());
    for (const auto& [name, partition] : listed_)
      partition_counts_[name] = std::max(partition_counts_[name], partition + 1);
  }
  std::size_t count = 0;
  for (std::size_t i = first; i < listed_.size() && count < out.size(); ++i, ++count) {
    out[count] = {
        .topic = to_text(listed_[i].topic), .partition = listed_[i].partition, .at = 0, .time_ms = -1, .offset = -1};
  }
  return count;
}

Result<> KafkaSource::resolve(std::span<Place> places, std::int64_t deadline_ns) {
  if (client_ == nullptr) return fatal("kafka.not_started", "resolve before start");
  const auto until = deadline(deadline_ns);
  // The broker is asked for one time per partition and request, so equal partitions go in different rounds.
  std::vector<bool> is_done(places.size(), false);
  while (std::ranges::find(is_done, false) != is_done.end()) {
    std::vector<kafka::OffsetQuery> queries;
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Place& place = places[i];
      const bool is_asked = std::ranges::any_of(which, [&](std::size_t j) {
        return places[j].partition == place.partition && to_view(places[j].topic) == to_view(place.topic);
      });
      if (is_done[i] || is_asked) continue;
      const std::int64_t time = place.at == REPRISE_AT_EARLIEST ? kafka::kEarliest
                                : place.at == REPRISE_AT_LATEST ? kafka::kLatest
                                                                : std::max<std::int64_t>(place.time_ms, 0);
      queries.push_back({std::string(to_view(place.topic)), place.partition, time, -1});
      which.push_back(i);
    }
    // What was answered is told, also if a partition has no leader: the host takes it for lag.
    const auto result = kafka::query_offsets(client_.get(), queries, until, stop_.get_token());
    for (std::size_t i = 0; i < which.size(); ++i) {
      places[which[i]].offset = queries[i].offset;
      is_done[which[i]] = true;
    }
    if (!result.ok()) return to_failure(result.error());
  }
  return {};
}

Result<std::string_view> KafkaSource::log_id(std::int64_t deadline_ns) {
  if (client_ == nullptr) return fatal("kafka.not_started", "log_id before start");
  auto id = kafka::cluster_id(client_.get(), deadline(deadline_ns), stop_.get_token());
  if (!id.ok()) return to_failure(id.error());
  log_id_ = std::move(id.value());
  return std::string_view(log_id_);
}

Result<std::int32_t> KafkaSource::partition_for_key(std::string_view topic, std::string_view key,
                                                    std::int64_t deadline_ns) {
  if (config_.partitioner == kafka::Partitioner::Unknown) {
    return permanent("kafka.partitioner", "partitioner is unknown: every partition has to be read for a key");
  }
  if (client_ == nullptr) return fatal("kafka.not_started", "partition_for_key before start");
  auto count = partition_counts_.find(topic);
  if (count == partition_counts_.end()) {
    const std::vector<std::string> topics{std::string(topic)};
    auto listed = kafka::list_partitions(client_.get(), topics, deadline(deadline_ns), stop_.get_token());
    if (!listed.ok()) return to_failure(listed.error());
    count = partition_counts_.emplace(topic, static_cast<std::int32_t>(listed.value().size())).first;
  }
  const auto partition = kafka::partition_for_key(
      config_.partitioner, {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}, count->second);
  if (!partition) return permanent("kafka.partitioner", "the producer spreads records with this key at random");
  return *partition;
}

void KafkaSource::on_log(int severity, std::string_view text) {
  // The client tells every failed attempt to connect; on_error says what matters of it, once.
  host().log(severity <= 2 ? Level::Warn : Level::Debug, text, {{"from", "librdkafka"}, {"kind", "kafka.client"}});
}

void KafkaSource::on_error(rd_kafka_resp_err_t code, std::string_view text) {
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
    host().log(Level::Warn, "Kafka cannot be reached; trying again until it can",
               {{"reason", text}, {"kind", kafka::kind_of(code)}});
  }
  if (return_watch_ != nullptr) return_watch_->begin();
}

void KafkaSource::on_back() {
  if (!absence_.end()) return;
  host().health("", REPRISE_UP);
  host().log(Level::Info, "Kafka is reachable again");
}

void KafkaSource::on_commit(rd_kafka_resp_err_t code) {
  // Nothing depends on it: progress is the host's. _NO_OFFSET only says that there was nothing to commit.
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
  host().log(Level::Debug, "offsets could not be committed for lag tools", {{"reason", rd_kafka_err2str(code)}});
}

}  // namespace reprise::source_kafka
