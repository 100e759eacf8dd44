#include <reprise/source.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/replay/trial_log.hpp"

namespace {

using reprise::replay::trial::key_of;
using reprise::replay::trial::kLogStartMs;
using reprise::replay::trial::kStepMs;
using reprise::replay::trial::value_of;

/// One partition of topic "trial": what trial_log.hpp says, from offset `first` up to `count`.
class TrialSource : public reprise::Source {
 public:
  TrialSource(reprise::Host host, const reprise::Options& options)
      : Source(host),
        away_(std::string(options.text("folder")) + "/away"),
        first_(options.integer("first", 0)),
        count_(options.integer("count", 0)) {}

  void request_stop() { is_stopping_ = true; }

  reprise::Result<> open(reprise::StreamView stream) {
    next_ = stream.start();
    end_ = stream.end() < 0 ? count_ : std::min(stream.end(), count_);
    return {};
  }
  void close(std::uint32_t, std::int32_t) {}

  reprise::Result<> poll(std::uint32_t, std::size_t max_records, std::size_t, reprise::Batch& out) {
    if (next_ < first_) {
      out.expired_before = first_;
      next_ = std::min(first_, end_);
    }
    const auto left = static_cast<std::size_t>(std::max<std::int64_t>(end_ - next_, 0));
    auto texts = std::make_unique<Texts>(next_, std::min({max_records, left, kBatch}));
    next_ += static_cast<std::int64_t>(texts->records.size());
    out.next_offset = next_;
    out.end_offset = count_;
    out.flags = next_ >= end_ ? REPRISE_BATCH_END : REPRISE_BATCH_MORE;
    std::span<reprise_record> records = texts->records;
    reprise::hand_over(out, std::move(texts), records);
    return {};
  }

  reprise::Result<std::size_t> partitions(std::string_view topic, std::size_t first, std::span<reprise::Place> out,
                                          std::int64_t deadline_ns) {
    if (auto there = reach(deadline_ns); !there.ok()) return there.failure();
    if (topic == "absent") return reprise::permanent("trial.topic", "topic absent does not exist");
    if (first > 0 || out.empty()) return std::size_t{0};
    out[0] = {.topic = reprise::to_text(kTopic), .partition = 0, .at = 0, .time_ms = -1, .offset = -1};
    return std::size_t{1};
  }

  reprise::Result<std::string_view> log_id(std::int64_t deadline_ns) {
    if (auto there = reach(deadline_ns); !there.ok()) return there.failure();
    return std::string_view("trial log");
  }

  reprise::Result<> resolve(std::span<reprise::Place> places, std::int64_t deadline_ns) {
    if (auto there = reach(deadline_ns); !there.ok()) return there;
    for (reprise::Place& place : places) {
      std::int64_t offset = place.at == REPRISE_AT_LATEST ? count_ : first_;
      if (place.at == REPRISE_AT_TIME) offset = std::max(first_, (place.time_ms - kLogStartMs + kStepMs - 1) / kStepMs);
      place.offset = place.at == REPRISE_AT_TIME && offset >= count_ ? -1 : offset;
    }
    return {};
  }

 private:
  static constexpr std::string_view kTopic = "trial";
  static constexpr std::size_t kBatch = 100;

  struct Texts {
    Texts(std::int64_t first, std::size_t count) : keys(count), values(count), records(count) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t offset = first + static_cast<std::int64_t>(i);
        keys[i] = key_of(offset);
        values[i] = value_of(offset);
        records[i].topic = reprise::to_text(kTopic);
        records[i].offset = offset;
        records[i].timestamp_ms = kLogStartMs + offset * kStepMs;
        records[i].key = reprise::to_bytes(std::string_view(keys[i]));
        records[i].value = reprise::to_bytes(std::string_view(values[i]));
      }
    }
    std::vector<std::string> keys, values;
    std::vector<reprise_record> records;
  };

  // Waits for the log as long as it may.
  reprise::Result<> reach(std::int64_t deadline_ns) {
    while (std::filesystem::exists(away_)) {
      if (is_stopping_ || host().boot_ns() >= deadline_ns) return reprise::retriable("trial.away", "the log is away");
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return {};
  }

  const std::filesystem::path away_;
  const std::int64_t first_;
  const std::int64_t count_;
  std::int64_t next_ = 0, end_ = 0;
  std::atomic<bool> is_stopping_{false};
};

}  // namespace

REPRISE_SOURCE_PLUGIN(TrialSource);
