#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

namespace reprise {
inline namespace sdk {

inline std::string_view to_view(reprise_text text) noexcept { return {text.data, text.size}; }
inline std::string_view to_view(reprise_bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}
inline reprise_text to_text(std::string_view text) noexcept { return {text.data(), text.size()}; }
/// Never Kafka's null: an empty view becomes empty bytes.
inline reprise_bytes to_bytes(std::string_view bytes) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data() != nullptr ? bytes.data() : ""), bytes.size()};
}
inline reprise_bytes to_bytes(std::span<const std::uint8_t> bytes) noexcept {
  return to_bytes(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}
/// Kafka's null.
inline constexpr reprise_bytes kNullBytes{nullptr, 0};

/// A header, borrowed from its record.
class HeaderView {
 public:
  explicit HeaderView(const reprise_header& header) noexcept : header_(&header) {}
  std::string_view name() const noexcept { return to_view(header_->name); }
  bool has_value() const noexcept { return header_->value.data != nullptr; }
  std::string_view value() const noexcept { return to_view(header_->value); }

 private:
  const reprise_header* header_;
};

/// A record, borrowed from the host: it and its bytes are valid until the plugin has judged it (a sink: settle; a transform:
/// apply returns) and not a moment longer. A pointer in size; copy it freely.
class RecordView {
 public:
  explicit RecordView(const reprise_record* record) noexcept : record_(record) {}

  /// The host's name for it; what a sink settles. A retry comes under a new one.
  std::uint64_t handle() const noexcept { return record_->handle; }
  std::string_view topic() const noexcept { return to_view(record_->topic); }
  std::int32_t partition() const noexcept { return record_->partition; }
  std::int64_t offset() const noexcept { return record_->offset; }
  /// Number among the outputs of one input; (topic, partition, offset, part) is the stable id.
  std::uint32_t part() const noexcept { return record_->part; }
  /// Milliseconds since 1970; -1: none.
  std::int64_t timestamp_ms() const noexcept { return record_->timestamp_ms; }
  /// Boot clock, when the host got it.
  std::int64_t read_ns() const noexcept { return record_->read_ns; }
  /// False for Kafka's null, which is not the empty key.
  bool has_key() const noexcept { return record_->key.data != nullptr; }
  std::string_view key() const noexcept { return to_view(record_->key); }
  bool has_value() const noexcept { return record_->value.data != nullptr; }
  std::string_view value() const noexcept { return to_view(record_->value); }
  std::span<const std::uint8_t> value_bytes() const noexcept { return {record_->value.data, record_->value.size}; }
  /// Empty unless traits() has REPRISE_NEEDS_HEADERS.
  std::span<const reprise_header> headers() const noexcept { return {record_->headers, record_->header_count}; }
  /// The last header of this name, as Kafka's lastHeader; a null value counts as none.
  std::optional<std::string_view> header(std::string_view name) const noexcept {
    for (std::size_t i = record_->header_count; i-- > 0;) {
      const HeaderView header(record_->headers[i]);
      if (header.name() == name && header.has_value()) return header.value();
    }
    return std::nullopt;
  }
  /// The stream it belongs to.
  std::uint32_t slot() const noexcept { return record_->slot; }
  /// From 1, over restarts as far as known.
  std::uint32_t attempt() const noexcept { return record_->attempt; }
  /// No data: check the destination of key().
  bool is_verify() const noexcept { return record_->kind == REPRISE_VERIFY; }
  /// value() is the host's own message for key(): a job ended.
  bool is_notice() const noexcept { return record_->kind == REPRISE_NOTICE; }
  const reprise_record* raw() const noexcept { return record_; }

 private:
  const reprise_record* record_;
};

/// The records of one call, in order. Borrowed for the call; the records live longer (RecordView).
class Records {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = RecordView;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = RecordView;
    explicit Iterator(const reprise_record* const* at) noexcept : at_(at) {}
    RecordView operator*() const noexcept { return RecordView(*at_); }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    Iterator operator++(int) noexcept { return Iterator(at_++); }
    bool operator==(const Iterator&) const noexcept = default;

   private:
    const reprise_record* const* at_;
  };

  Records(const reprise_record* const* records, std::size_t count) noexcept : records_(records), count_(count) {}
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  /// REQUIRES: i < size()
  RecordView operator[](std::size_t i) const noexcept { return RecordView(records_[i]); }
  Iterator begin() const noexcept { return Iterator(records_); }
  Iterator end() const noexcept { return Iterator(records_ + count_); }

 private:
  const reprise_record* const* records_;
  std::size_t count_;
};

/// One partition of one unit, as an instance sees it. Borrowed for the call of open.
class StreamView {
 public:
  explicit StreamView(const reprise_stream* stream) noexcept : stream_(stream) {}

  /// Small, reused after close.
  std::uint32_t slot() const noexcept { return stream_->slot; }
  std::string_view connector() const noexcept { return to_view(stream_->connector); }
  std::string_view unit() const noexcept { return to_view(stream_->unit); }
  /// Empty: live.
  std::string_view job() const noexcept { return to_view(stream_->job); }
  /// Of the unit's owner: the fencing token.
  std::uint64_t epoch() const noexcept { return stream_->epoch; }
  std::string_view topic() const noexcept { return to_view(stream_->topic); }
  std::int32_t partition() const noexcept { return stream_->partition; }
  /// Names the log that the offsets count in.
  std::string_view log_id() const noexcept { return to_view(stream_->log_id); }
  bool is_replay() const noexcept { return (stream_->flags & REPRISE_STREAM_REPLAY) != 0; }
  /// State is missing: rebuild comes before apply.
  bool needs_rebuild() const noexcept { return (stream_->flags & REPRISE_STREAM_REBUILD) != 0; }
  /// Offsets; -1: none.
  std::int64_t start() const noexcept { return stream_->start; }
  std::int64_t end() const noexcept { return stream_->end; }
  /// Times of the request; -1: none.
  std::int64_t from_ms() const noexcept { return stream_->from_ms; }
  std::int64_t to_ms() const noexcept { return stream_->to_ms; }
  /// Only records of key() are wanted.
  bool has_key() const noexcept { return stream_->key.data != nullptr; }
  std::string_view key() const noexcept { return to_view(stream_->key); }
  const reprise_stream* raw() const noexcept { return stream_; }

 private:
  const reprise_stream* stream_;
};

}  // namespace sdk
}  // namespace reprise
