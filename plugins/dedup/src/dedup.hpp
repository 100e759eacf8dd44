#pragma once
#include <reprise/transform.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hasher.hpp"
#include "in_flight.hpp"
#include "subject.hpp"
#include "window.hpp"

namespace reprise::dedup {

/// Lets the first record of a content through and makes its copies duplicates. A content is marked in the write that holds its
/// record's outcome, never before: a delivery that fails, or that a crash cuts off, suppresses nobody. A copy that meets its
/// first in flight is attached to it and shares what becomes of it.
class Dedup : public Transform {
 public:
  Dedup(Host host, const Options& options);

  std::uint32_t traits() const noexcept { return subject_.needs_headers() ? REPRISE_NEEDS_HEADERS : 0; }
  /// Loads the stream's marks in slices: retriable until all are there.
  Result<> open(StreamView stream);
  void close(std::uint32_t slot, std::int32_t why);
  Result<> apply(Records records, std::span<Verdict> verdicts);
  void outcome(std::span<const Note> notes);
  Result<> rebuild(Records records);
  void wake(std::int64_t now_ns);

 private:
  struct Stream {
    explicit Stream(const WindowLimits& limits) : window(limits) {}
    Window window;
    std::string loaded_to;  // the last key that open has read
    bool is_loaded = false;
    bool is_touched = false;  // in this call
    std::int64_t newest_offset = -1;
    std::int64_t floor = -1;
  };

  Stream* stream_of(std::uint32_t slot) noexcept { return slot < streams_.size() ? streams_[slot].get() : nullptr; }
  /// None: the record has no such value.
  std::optional<Hash> hash_of(Scope scope, RecordView record);
  /// By any scope's marks.
  bool is_marked(const Window& window, RecordView record, const Hash& hash);
  Verdict judge(RecordView record, const std::optional<Hash>& hash);
  void mark(Stream& stream, const Hash& hash, std::int64_t offset, std::int64_t now_ms);
  /// Expires, keeps the bound, and writes what changed, in the commit that the current call belongs to.
  void write_touched(std::int64_t now_ms);
  void keep_bound(std::int64_t now_ms);
  void publish_floor(std::uint32_t slot, Stream& stream);
  void show(std::int64_t now_ms);

  // Constant after construction.
  Scope scope_;  // never Unknown
  bool does_expire_;
  bool rejects_missing_;
  std::int64_t retention_ms_;
  std::uint64_t max_bytes_;
  std::int64_t rebuild_records_;
  WindowLimits limits_;
  const Failure missing_;

  Hasher hasher_;
  Subject subject_;
  InFlight in_flight_;
  std::vector<std::unique_ptr<Stream>> streams_;  // by slot

  Counter repeats_;
  Counter attached_;
  Counter evicted_;
  Gauge window_seconds_;
  Gauge entries_;
  Gauge bytes_;
  std::int64_t shown_ms_ = 0;
  bool is_degraded_ = false;
};

}  // namespace reprise::dedup
