#pragma once
#include <atomic>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/clock.hpp"
#include "host/plugin/registry.hpp"
#include "host/runtime/record.hpp"
#include "host/runtime/services.hpp"
#include "host/runtime/stages.hpp"
#include "host/runtime/task.hpp"
#include "host/state/store.hpp"
#include "host/telemetry/metric_names.hpp"

namespace reprise::runtime::fakes {

using namespace std::chrono_literals;

/// Time that the test owns. Starts above 0, as a machine's does.
class ManualClock final : public Clock {
 public:
  BootTime boot() const override { return {ns_.load()}; }
  std::int64_t wall_ms() const override { return 1'700'000'000'000 + ns_.load() / 1'000'000; }
  void advance(std::chrono::nanoseconds by) { ns_ += by.count(); }

 private:
  std::atomic<std::int64_t> ns_{1'000'000'000};
};

/// What a partition holds at one offset.
struct LogRecord {
  std::string key;
  std::string value;
  std::int64_t timestamp_ms = 0;
};

/// A topic "t": partition to what stands at each offset; empty: a gap.
using Log = std::map<std::int32_t, std::vector<std::optional<LogRecord>>>;

/// Reads a Log. Its batches own their bytes and scribble over them on release, so that a view kept too long shows.
class LogSource final : public Source {
 public:
  explicit LogSource(const Log& log) : log_(log) {}
  ~LogSource() override = default;

  Result<> open(const reprise_stream& stream) override {
    if (opens_to_refuse != 0) {
      --opens_to_refuse;
      return retriable("away", "the source is not there yet");
    }
    cursors_[stream.slot] = {stream.partition, stream.start, stream.end};
    return {};
  }
  void close(std::uint32_t slot, std::int32_t) override { cursors_.erase(slot); }

  Result<> poll(std::uint32_t slot, std::size_t max_records, std::size_t, reprise_batch* out) override {
    if (on_poll) {
      if (auto allowed = on_poll(); !allowed) return allowed;
    }
    Cursor& cursor = cursors_.at(slot);
    const auto& partition = log_.at(cursor.partition);
    const auto log_end = static_cast<std::int64_t>(partition.size());
    const std::int64_t end = cursor.end < 0 ? log_end : std::min(cursor.end, log_end);
    auto bytes = std::make_unique<Lent>();
    bytes->live = &live_batches;
    ++live_batches;
    const std::size_t most = std::min(max_records, batch_records);
    for (; cursor.next < end && bytes->records.size() < most; ++cursor.next) {
      const auto& found = partition[static_cast<std::size_t>(cursor.next)];
      if (!found && cursor.next >= expired_before) ++out->gaps;
      if (!found || loses.contains(cursor.next)) continue;
      bytes->texts.push_back(*found);
      reprise_record record{};
      record.offset = cursor.next;
      record.timestamp_ms = found->timestamp_ms;
      record.partition = cursor.partition;
      record.topic = text_of("t");
      bytes->records.push_back(record);
    }
    for (std::size_t i = 0; i < bytes->records.size(); ++i) {  // only now: the texts do not move any more
      if (!bytes->texts[i].key.empty()) bytes->records[i].key = bytes_of(bytes->texts[i].key);
      bytes->records[i].value = bytes_of(bytes->texts[i].value);
      bytes->records[i].headers = headers.data();
      bytes->records[i].header_count = static_cast<std::uint32_t>(headers.size());
    }
    out->records = bytes->records.data();
    out->count = bytes->records.size();
    out->next_offset = cursor.next;
    out->end_offset = log_end;
    out->expired_before = expired_before;
    out->slot = slot;
    if (cursor.next < end) out->flags = REPRISE_BATCH_MORE;
    if (cursor.next == end) out->flags = cursor.end == end ? REPRISE_BATCH_END : REPRISE_BATCH_IDLE;
    if (counts_gaps) out->flags |= REPRISE_BATCH_COUNTS_GAPS;
    out->release = [](reprise_batch* batch) { delete static_cast<Lent*>(batch->owner); };
    out->owner = bytes.release();
    return {};
  }

  void commit(std::span<const reprise_place> places) override {
    for (const reprise_place& place : places) committed[place.partition] = place.offset;
  }

  std::size_t batch_records = 256;
  bool counts_gaps = true;
  std::int64_t expired_before = -1;     ///< retention took what is empty below it
  std::set<std::int64_t> loses;         ///< offsets whose records it does not give, by mistake
  std::vector<reprise_header> headers;  ///< of each record
  std::uint32_t opens_to_refuse = 0;
  std::function<Result<>()> on_poll;  ///< not OK: poll says so
  std::map<std::int32_t, std::int64_t> committed;
  std::int64_t live_batches = 0;

 private:
  struct Cursor {
    std::int32_t partition;
    std::int64_t next;
    std::int64_t end;
  };
  struct Lent {
    std::deque<LogRecord> texts;
    std::vector<reprise_record> records;
    std::int64_t* live = nullptr;
    ~Lent() {
      for (LogRecord& text : texts) {
        std::fill(text.key.begin(), text.key.end(), '#');
        std::fill(text.value.begin(), text.value.end(), '#');
      }
      --*live;
    }
  };
  const Log& log_;
  std::map<std::uint32_t, Cursor> cursors_;
};

/// Calls a function for each record offered; settles what the function answers, keeps what it does not.
class ScriptedSink final : public Sink {
 public:
  struct Offer {
    std::uint64_t handle = 0;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    std::int64_t timestamp_ms = -1;
    std::uint32_t attempt = 0;
    std::uint64_t order = 0;
    std::uint64_t bytes = 0;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  Result<> open(const reprise_stream& stream) override {
    opened.insert(stream.slot);
    return {};
  }
  void close(std::uint32_t slot, std::int32_t) override { opened.erase(slot); }
  Result<> route(Records records, std::span<reprise_route> routes) override {
    for (std::size_t i = 0; i < records.size(); ++i) routes[i] = route_of(*records[i]);
    return {};
  }
  Result<> deliver(Records records, std::size_t* taken) override {
    std::size_t most = records.size();
    if (before_deliver) {
      auto allowed = before_deliver(records.size());
      if (!allowed) return allowed.error();
      most = std::min(most, *allowed);
    }
    for (std::size_t i = 0; i < most; ++i) {
      const reprise_record& record = *records[i];
      Offer offer{.handle = record.handle,
                  .partition = record.partition,
                  .offset = record.offset,
                  .key = std::string(view(record.key)),
                  .value = std::string(view(record.value)),
                  .timestamp_ms = record.timestamp_ms,
                  .attempt = record.attempt,
                  .order = route_of(record).order,
                  .bytes = size_of(record),
                  .headers = {}};
      for (std::uint32_t h = 0; h < record.header_count; ++h) {
        offer.headers.emplace_back(view(record.headers[h].name), view(record.headers[h].value));
      }
      on_offer(std::move(offer));
    }
    *taken = most;
    return {};
  }
  Result<> flush(std::int32_t why, BootTime) override {
    flushes.push_back(why);
    return {};
  }

  /// By key, if it has one: an order and an endpoint each.
  static reprise_route by_key(const reprise_record& record) {
    if (record.key.data == nullptr) return {};
    const std::uint64_t number = std::hash<std::string_view>()(view(record.key)) | 1;
    return {.order = number, .group = number};
  }

  std::function<reprise_route(const reprise_record&)> route_of = by_key;
  std::function<Result<std::size_t>(std::size_t)> before_deliver;  ///< how many of so many are taken
  std::function<void(Offer)> on_offer = [](Offer) {};
  std::set<std::uint32_t> opened;
  std::vector<std::int32_t> flushes;  ///< why
};

/// A store that can refuse to write for a while, and shows what it wrote.
class GuardedStore final : public state::Store {
 public:
  Result<> commit(const state::Batch& batch) override {
    if (before_commit) {
      if (auto allowed = before_commit(); !allowed) return allowed;
    }
    auto committed = inner_->commit(batch);
    ++commits;
    if (committed && after_commit) after_commit(batch);
    return committed;
  }
  Result<bool> get(std::string_view key, std::string* value) const override { return inner_->get(key, value); }
  Result<> scan(std::string_view prefix, std::string_view after,
                const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    return inner_->scan(prefix, after, visit);
  }

  std::function<Result<>()> before_commit;
  std::function<void(const state::Batch&)> after_commit;
  int commits = 0;

 private:
  std::unique_ptr<state::Store> inner_ = state::make_memory_store();
};

/// Remembers what a task says.
class Listener final : public TaskListener {
 public:
  void stream_ended(const StreamStatus& status) override { ended.push_back(status); }
  void task_failed(const Error& error) override { failures.push_back(error); }
  void task_drained(bool is_clean) override { drains.push_back(is_clean); }

  std::vector<StreamStatus> ended;
  std::vector<Error> failures;
  std::vector<bool> drains;
};

/// What a worker has, with time and store in the test's hands.
struct World {
  ManualClock clock;
  GuardedStore store;
  std::unique_ptr<plugin::Registry> plugins = *plugin::Registry::scan({});
  tables::Tables tables;
  telemetry::Metrics metrics;
  telemetry::Health health{clock};
  Services services{clock, store, *plugins, tables, metrics, health, {}, {}};
  Loop loop{clock};

  double mismatches(const std::string& connector) {
    return metrics.counter(telemetry::kAccountingMismatchTotal, {{"connector", connector}, {"task", "0"}}).value();
  }
};

inline constexpr const char* kConnector = "c";

inline StreamKey stream_key(std::int32_t partition) {
  return {StreamKey::connector_owner(kConnector), "t", partition, 1};
}

/// From what the store holds, else from the beginning.
inline StreamPlan stream_plan(const state::Store& store, std::int32_t partition, std::int64_t end) {
  StreamPlan plan;
  plan.key = stream_key(partition);
  plan.end = end;
  std::string stored;
  if (*store.get(plan.key.progress(), &stored)) plan.from = *Checkpoint::decode(stored);
  return plan;
}

}  // namespace reprise::runtime::fakes
