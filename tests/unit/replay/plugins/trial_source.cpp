#include <reprise/source.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/replay/trial_log.hpp"

namespace {

using reprise::replay::trial::key_of;
using reprise::replay::trial::kLogStartMs;
using reprise::replay::trial::kSlowReadings;
using reprise::replay::trial::kStepMs;
using reprise::replay::trial::value_of;

/// "17=1000 18=2000": numbers by offset.
std::map<std::int64_t, std::int64_t> parse_dates(std::string_view text) {
  std::map<std::int64_t, std::int64_t> dates;
  for (const char *at = text.data(), *const end = at + text.size(); at < end;) {
    std::int64_t offset = 0, date = 0;
    at = std::from_chars(at, end, offset).ptr + 1;
    at = std::from_chars(at, end, date).ptr + 1;
    dates[offset] = date;
  }
  return dates;
}

/// Topic "trial": in each partition what trial_log.hpp says, from offset `first` up to `count`, but for records that `dates`
/// dates otherwise.
class TrialSource : public reprise::Source {
 public:
  TrialSource(reprise::Host host, const reprise::Options& options)
      : Source(host),
        folder_(options.text("folder")),
        away_(folder_ / "away"),
        dates_(parse_dates(options.text("dates"))),
        first_(options.integer("first", 0)),
        count_(options.integer("count", 0)),
        partitions_(static_cast<std::int32_t>(options.integer("partitions", 1))) {}

  void request_stop() { is_stopping_ = true; }

  reprise::Result<> open(reprise::StreamView stream) {
    readings_[stream.slot()] = {stream.partition(), stream.start(),
                                stream.end() < 0 ? count_ : std::min(stream.end(), count_)};
    return {};
  }
  void close(std::uint32_t slot, std::int32_t) {
    if (readings_.erase(slot) != 0 && std::filesystem::exists(folder_ / "slow"))
      std::ofstream(folder_ / kSlowReadings, std::ios::app) << '.';
  }

  reprise::Result<> poll(std::uint32_t slot, std::size_t max_records, std::size_t, reprise::Batch& out) {
    Reading& reading = readings_.at(slot);
    if (reading.next < first_) {
      out.expired_before = first_;
      reading.next = std::min(first_, reading.end);
    }
    const auto left = static_cast<std::size_t>(std::max<std::int64_t>(reading.end - reading.next, 0));
    auto texts = std::make_unique<Texts>(reading.partition, reading.next, std::min({max_records, left, kBatch}));
    reading.next += static_cast<std::int64_t>(texts->records.size());
    for (reprise_record& record : texts->records) record.timestamp_ms = time_of(record.offset);
    skip_once(texts->records);
    out.next_offset = reading.next;
    out.end_offset = count_;
    out.flags = reading.next >= reading.end ? REPRISE_BATCH_END : REPRISE_BATCH_MORE;
    std::span<reprise_record> records = texts->records;
    reprise::hand_over(out, std::move(texts), records);
    return {};
  }

  reprise::Result<std::size_t> partitions(std::string_view topic, std::size_t first, std::span<reprise::Place> out,
                                          std::int64_t deadline_ns) {
    if (auto there = reach(deadline_ns); !there.ok()) return there.failure();
    if (topic == "absent") return reprise::permanent("trial.topic", "topic absent does not exist");
    std::size_t count = 0;
    for (auto partition = static_cast<std::int32_t>(first); partition < partitions_ && count < out.size(); ++partition)
      out[count++] = {.topic = reprise::to_text(kTopic), .partition = partition, .at = 0, .time_ms = -1, .offset = -1};
    return count;
  }

  reprise::Result<std::string_view> log_id(std::int64_t deadline_ns) {
    if (auto there = reach(deadline_ns); !there.ok()) return there.failure();
    return std::string_view("trial log");
  }

  reprise::Result<> resolve(std::span<reprise::Place> places, std::int64_t deadline_ns) {
    if (auto there = reach(deadline_ns); !there.ok()) return there;
    for (reprise::Place& place : places) {
      place.offset = place.at == REPRISE_AT_LATEST ? count_ : first_;
      if (place.at == REPRISE_AT_TIME) place.offset = first_since(place.time_ms);
    }
    return {};
  }

 private:
  static constexpr std::string_view kTopic = "trial";
  static constexpr std::size_t kBatch = 100;
  static constexpr std::int64_t kLate = 350;

  struct Reading {
    std::int32_t partition = 0;
    std::int64_t next = 0, end = 0;
  };
  struct Texts {
    Texts(std::int32_t partition, std::int64_t first, std::size_t count) : keys(count), values(count), records(count) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t offset = first + static_cast<std::int64_t>(i);
        keys[i] = key_of(offset);
        values[i] = value_of(offset);
        records[i].topic = reprise::to_text(kTopic);
        records[i].partition = partition;
        records[i].offset = offset;
        records[i].key = reprise::to_bytes(std::string_view(keys[i]));
        records[i].value = reprise::to_bytes(std::string_view(values[i]));
      }
    }
    std::vector<std::string> keys, values;
    std::vector<reprise_record> records;
  };

  std::int64_t time_of(std::int64_t offset) const {
    const auto found = dates_.find(offset);
    return found == dates_.end() ? kLogStartMs + offset * kStepMs : found->second;
  }
  // As a broker answers: the first record, by offset, that is dated so late or later. With the wish `late` it answers too high.
  std::int64_t first_since(std::int64_t time_ms) const {
    std::int64_t offset = first_;
    while (offset < count_ && time_of(offset) < time_ms) ++offset;
    if (offset < count_ && std::filesystem::exists(folder_ / "late")) offset = std::min(offset + kLate, count_);
    return offset < count_ ? offset : -1;
  }
  // The wish `skip` names an offset that the first reading that comes by does not see.
  void skip_once(std::vector<reprise_record>& records) const {
    std::ifstream wish(folder_ / "skip");
    std::int64_t offset = -1;
    if (!(wish >> offset)) return;
    if (std::erase_if(records, [&](const reprise_record& record) { return record.offset == offset; }) > 0)
      std::filesystem::remove(folder_ / "skip");
  }

  // Waits for the log as long as it may.
  reprise::Result<> reach(std::int64_t deadline_ns) {
    while (true) {
      if (host().boot_ns() >= deadline_ns) return reprise::retriable("trial.late", "there was no time left to ask");
      if (!std::filesystem::exists(away_)) return {};
      if (is_stopping_) return reprise::retriable("trial.away", "the log is away");
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  const std::filesystem::path folder_, away_;
  const std::map<std::int64_t, std::int64_t> dates_;
  const std::int64_t first_;
  const std::int64_t count_;
  const std::int32_t partitions_;
  std::map<std::uint32_t, Reading> readings_;
  std::atomic<bool> is_stopping_{false};
};

}  // namespace

REPRISE_SOURCE_PLUGIN(TrialSource);
