#include "plugins/source-kafka/src/cursor.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lib/kafka/error.hpp"
#include "plugins/source-kafka/src/config.hpp"

namespace reprise::source_kafka {
namespace {

// More than this in one batch gains nothing and makes the arrays large.
constexpr std::size_t kMaxBatchRecords = 4096;

// What librdkafka writes to the descriptor: an eventfd adds it up.
constexpr std::uint64_t kSignal = 1;

}  // namespace

Cursor::Cursor(CursorContext& context, rd_kafka_topic_t* topic, std::int32_t partition, std::uint32_t slot,
               std::int64_t start, std::int64_t end)
    : context_(context),
      topic_(topic),
      topic_name_(to_text(rd_kafka_topic_name(topic))),
      partition_(partition),
      slot_(slot),
      end_(end),
      position_(start),
      fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Cursor::~Cursor() {
  stop_fetching();
  if (fd_ >= 0) close(fd_);
}

Result<> Cursor::start() {
  if (fd_ < 0) return retriable("kafka.descriptors", name() + ": no event descriptor: " + std::strerror(errno));
  if (position_ < 0)
    return permanent("kafka.offset", name() + ": offset " + std::to_string(position_) + " is no place to start from");
  return is_ended() ? Result<>() : fetch_from_position();
}

Result<> Cursor::fetch_from_position() {
  stop_fetching();
  feed_ = std::make_shared<Feed>();
  feed_->topic = std::string(to_view(topic_name_));
  feed_->partition = partition_;
  feed_->slot = slot_;
  feed_->position.store(position_);
  feed_->record_bytes.store(record_bytes_);
  feed_->queue.reset(rd_kafka_queue_new(context_.client));
  // Before the first record can come, so that no signal is lost.
  rd_kafka_queue_io_event_enable(feed_->queue.get(), fd_, &kSignal, sizeof(kSignal));
  if (rd_kafka_consume_start_queue(topic_, partition_, position_, feed_->queue.get()) != 0) {
    const kafka::Error error = kafka::describe(rd_kafka_last_error(), "reading " + name());
    rd_kafka_queue_io_event_enable(feed_->queue.get(), -1, nullptr, 0);
    feed_.reset();
    return to_failure(error);
  }
  is_at_end_ = false;
  context_.attendant.add(feed_);
  return {};
}

void Cursor::stop_fetching() {
  if (feed_ == nullptr) return;
  context_.attendant.remove(feed_);
  rd_kafka_consume_stop(topic_, partition_);
  rd_kafka_queue_io_event_enable(feed_->queue.get(), -1, nullptr, 0);
  feed_.reset();
}

bool Cursor::take_signal() {
  std::uint64_t count = 0;
  if (read(fd_, &count, sizeof(count)) < 0) return false;
  return is_waiting_;
}

Result<> Cursor::poll(std::size_t max_records, std::size_t max_bytes, Batch& out) {
  out.next_offset = position_;
  out.flags = REPRISE_BATCH_COUNTS_GAPS;
  if (failure_) return tell_failure();
  if (is_range_asked_) return settle_range(out);
  if (is_ended()) {
    finish(out, false);
    return {};
  }
  if (feed_ == nullptr) {
    if (auto result = fetch_from_position(); !result.ok()) return result;
  }

  const auto by_bytes = max_bytes / static_cast<std::size_t>(record_bytes_);
  const std::size_t wanted = std::clamp<std::size_t>(std::min(max_records, by_bytes), 1, kMaxBatchRecords);
  PooledBatch batch = context_.pool.acquire();
  if (batch->fill(feed_->queue.get(), wanted) < 0)
    return to_failure(kafka::describe(rd_kafka_last_error(), "reading " + name()));
  const std::size_t count = batch->message_count();
  for (std::size_t i = 0; i < count; ++i) {
    if (!take(*batch, batch->message(i))) break;
  }

  feed_->polls.fetch_add(1, std::memory_order_relaxed);
  feed_->taken.fetch_add(static_cast<std::int64_t>(count), std::memory_order_relaxed);
  feed_->position.store(position_, std::memory_order_relaxed);
  feed_->is_at_end.store(is_at_end_, std::memory_order_relaxed);
  if (batch->record_count() > 0) {
    record_bytes_ = std::max<std::int64_t>(
        1, (record_bytes_ * 7 + static_cast<std::int64_t>(batch->bytes() / batch->record_count())) / 8);
    feed_->record_bytes.store(record_bytes_, std::memory_order_relaxed);
    batch.release()->hand_over(out);
  }
  finish(out, count == wanted || failure_.has_value());
  return {};
}

// What may pass is told once: the next poll fetches anew.
Result<> Cursor::tell_failure() {
  const Failure failure = *failure_;
  if (failure.status() == REPRISE_RETRIABLE) {
    failure_.reset();
    stop_fetching();
  }
  return failure;
}

void Cursor::finish(Batch& out, bool has_more) {
  if (feed_ != nullptr) {
    std::int64_t low = 0, high = -1;
    // The client's memory of the last answer, however old that is: only a new one says something of now.
    if (rd_kafka_get_watermark_offsets(context_.client, topic_name_.data, partition_, &low, &high) ==
            RD_KAFKA_RESP_ERR_NO_ERROR &&
        high >= 0 && high != high_)
      out.end_offset = high_ = high;
    if (position_ < high_ && !is_at_end_) context_.attendant.note_read();
  }
  out.next_offset = position_;
  out.gaps = std::exchange(gaps_, 0);
  is_waiting_ = false;
  if (is_ended()) {
    out.flags |= REPRISE_BATCH_END;
    stop_fetching();  // what lies beyond the end is of no use to anybody
  } else if (has_more) {
    out.flags |= REPRISE_BATCH_MORE;
  } else {
    is_waiting_ = true;
    if (is_at_end_ || (high_ >= 0 && position_ >= high_)) out.flags |= REPRISE_BATCH_IDLE;
  }
}

bool Cursor::take(RecordBatch& batch, rd_kafka_message_t& message) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return take_error(message);
  if (end_ >= 0 && message.offset >= end_) {
    pass_to(end_);
    return false;
  }
  take_record(batch, message);
  return true;
}

void Cursor::take_record(RecordBatch& batch, rd_kafka_message_t& message) {
  if (message.offset < position_) {
    context_.dropped.add();
    if (!std::exchange(has_logged_drop_, true)) {
      context_.host.log(Level::Error, "the Kafka client gave a record again; it is dropped",
                        {{"kind", "kafka.repeated_record"},
                         {"topic", to_view(topic_name_)},
                         {"partition", partition_},
                         {"offset", message.offset},
                         {"expected", position_}});
    }
    return;
  }
  pass_to(message.offset);
  batch.add(message, topic_name_, context_.reads_headers);
  position_ = message.offset + 1;
  is_at_end_ = false;
}

bool Cursor::take_error(const rd_kafka_message_t& message) {
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      // Everything below this offset has been given out; what was no record is a gap.
      pass_to(message.offset);
      is_at_end_ = true;
      return true;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      is_range_asked_ = true;
      is_at_end_ = true;  // nothing can be fetched from here
      feed_->position.store(position_);
      context_.attendant.ask_range(feed_);
      return false;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: {
      const kafka::Error error =
          kafka::describe(message.err, "reading " + name() + " at offset " + std::to_string(position_));
      failure_ = to_failure(error);
      return false;
    }
    default:
      // The client goes on by itself.
      context_.host.log(Level::Warn, rd_kafka_message_errstr(&message),
                        {{"kind", kafka::kind_of(message.err)},
                         {"topic", to_view(topic_name_)},
                         {"partition", partition_},
                         {"offset", position_},
                         {"code", static_cast<int>(message.err)}});
      return true;
  }
}

void Cursor::pass_to(std::int64_t offset) {
  if (end_ >= 0) offset = std::min(offset, end_);
  if (offset <= position_) return;
  gaps_ += offset - position_;
  position_ = offset;
}

Result<> Cursor::settle_range(Batch& out) {
  if (!feed_->is_range_known.load(std::memory_order_acquire)) {
    is_waiting_ = false;  // the attendant resumes the slot itself
    return {};
  }
  const std::int64_t low = feed_->low;
  const std::int64_t high = feed_->high;
  if (position_ > high) {
    failure_ = fatal("kafka.log_regressed",
                     name() + ": the log ends at offset " + std::to_string(high) + ", before the position " +
                         std::to_string(position_) +
                         ": the topic was made anew or lost records; give the connector another name to begin again");
    return *failure_;
  }
  is_range_asked_ = false;
  out.end_offset = high_ = high;
  if (position_ < low) {
    context_.host.log(Level::Warn, "records expired before they were read",
                      {{"kind", "source.expired"},
                       {"topic", to_view(topic_name_)},
                       {"partition", partition_},
                       {"from", position_},
                       {"to", low}});
    out.expired_before = low;
    position_ = end_ >= 0 ? std::min(low, end_) : low;  // they are no gap
  }
  if (!is_ended()) {
    if (auto result = fetch_from_position(); !result.ok()) return result;
  }
  finish(out, !is_ended());
  return {};
}

std::string Cursor::name() const { return std::string(to_view(topic_name_)) + "[" + std::to_string(partition_) + "]"; }

}  // namespace reprise::source_kafka
