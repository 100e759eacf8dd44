#include <reprise/source.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace {

/// One partition whose record at offset n has the value "n". It ends at `count`, if that is not 0.
class CounterSource : public reprise::Source {
 public:
  CounterSource(reprise::Host host, const reprise::Options& options)
      : Source(host), count_(options.integer("count", 0)) {}

  reprise::Result<> open(reprise::StreamView stream) {
    if (stream.partition() != 0) return reprise::permanent("source.partition", "there is one partition, number 0");
    next_ = std::max<std::int64_t>(stream.start(), 0);
    return {};
  }
  void close(std::uint32_t /*slot*/, std::int32_t /*why*/) {}

  reprise::Result<> poll(std::uint32_t /*slot*/, std::size_t max_records, std::size_t /*max_bytes*/,
                         reprise::Batch& out) {
    const std::int64_t left = count_ == 0 ? 256 : std::max<std::int64_t>(count_ - next_, 0);
    auto numbers = std::make_unique<Numbers>(next_, std::min(max_records, static_cast<std::size_t>(left)));
    next_ += static_cast<std::int64_t>(numbers->records.size());
    out.next_offset = next_;
    out.flags = count_ != 0 && next_ >= count_ ? REPRISE_BATCH_END : REPRISE_BATCH_MORE;
    std::span<reprise_record> records = numbers->records;
    reprise::hand_over(out, std::move(numbers), records);
    return {};
  }

  reprise::Result<std::size_t> partitions(std::string_view /*topic*/, std::size_t first, std::span<reprise::Place> out,
                                          std::int64_t /*deadline_ns*/) {
    if (first > 0 || out.empty()) return std::size_t{0};
    out[0] = {.topic = reprise::to_text(kTopic), .partition = 0, .at = 0, .time_ms = -1, .offset = -1};
    return std::size_t{1};
  }

  reprise::Result<> resolve(std::span<reprise::Place> places, std::int64_t /*deadline_ns*/) {
    for (reprise::Place& place : places) place.offset = place.at == REPRISE_AT_LATEST ? count_ : 0;
    return {};
  }

 private:
  static constexpr std::string_view kTopic = "counter";

  /// What a batch points into; the host deletes it when the batch is released.
  struct Numbers {
    Numbers(std::int64_t first, std::size_t count) : texts(count), records(count) {
      for (std::size_t i = 0; i < count; ++i) {
        texts[i] = std::to_string(first + static_cast<std::int64_t>(i));
        records[i].topic = reprise::to_text(kTopic);
        records[i].offset = first + static_cast<std::int64_t>(i);
        records[i].timestamp_ms = -1;
        records[i].value = reprise::to_bytes(std::string_view(texts[i]));
      }
    }
    std::vector<std::string> texts;
    std::vector<reprise_record> records;
  };

  std::int64_t count_;
  std::int64_t next_ = 0;
};

}  // namespace

REPRISE_SOURCE_PLUGIN(CounterSource);
