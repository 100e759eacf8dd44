#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "host/base/clock.hpp"
#include "host/runtime/batch.hpp"
#include "host/runtime/byte_budget.hpp"
#include "host/runtime/log_print.hpp"
#include "host/runtime/stages.hpp"

namespace reprise::runtime {

/// A cursor over one partition: it polls the source into a short ring of batches, and a task takes from it. What is in the
/// ring has not been accounted for, but is charged to the task's budget; who takes a record takes over its share. Lives with
/// its stream on the shard's thread.
class Scan {
 public:
  Scan(Source& source, std::uint32_t slot, ByteBudget& budget) : source_(source), slot_(slot), budget_(budget) {}

  /// Before the source's cursor is opened: records are wanted from next on. Where the cursor has to begin: at the print's record,
  /// if there is one, which must look as it did; those from there up to next are not given out.
  std::int64_t look_back(std::int64_t next, const std::optional<LogPrint>& print);
  /// The source's cursor is open (Source::open): there may be something to poll.
  void opened();
  bool is_open() const { return is_open_; }
  /// The source's cursor only: what is in the ring can still be taken.
  void close_source(std::int32_t why);
  void close(std::int32_t why);

  /// The source has data for this slot again.
  void resume() { may_have_more_ = true; }
  /// Polls until the ring is full, the budget used up or the source has nothing now. Fatal with kind "log.changed": the print's
  /// record is another one now. None at its offset says nothing: retention or compaction may have taken it.
  Result<> fill(BootTime now);

  /// The oldest batch that was not taken completely; nullptr if the ring is empty.
  Batch* front() { return ring_.empty() ? nullptr : &*ring_.front().batch; }
  BatchRef front_ref() const { return ring_.front().batch; }
  std::size_t front_index() const { return ring_.front().next; }
  void advance_front(std::size_t count) { ring_.front().next += count; }
  void pop_front();

  bool is_at_end() const { return is_at_end_ && ring_.empty(); }
  bool is_idle() const { return is_idle_ && ring_.empty(); }
  /// The source has said where the partition ends; -1: begin to wait for that.
  void note_end(std::int64_t offset, BootTime now) {
    end_offset_ = offset;
    end_heard_ = now;
  }
  /// Of the partition, as last heard; -1: not yet.
  std::int64_t end_offset() const { return end_offset_; }
  BootTime end_heard() const { return end_heard_; }
  /// Would fill() do something?
  bool is_pollable() const {
    return is_open_ && may_have_more_ && !is_at_end_ && bytes_ < kRingBytes && ring_.size() < kRingBatches &&
           budget_.left() != 0;
  }

 private:
  // Enough to keep the sink busy while the source is asked again; more would only pin fetch memory.
  static constexpr std::size_t kRingBytes = 512 * 1024;
  static constexpr std::size_t kRingBatches = 64;  // also of empty ones, which only move the cursor
  static constexpr std::size_t kBatchRecords = 256;

  struct Entry {
    BatchRef batch;
    std::size_t next = 0;
    std::size_t bytes = 0;
  };

  Result<std::size_t> pass_known(const reprise_batch& batch);

  Source& source_;
  const std::uint32_t slot_;
  ByteBudget& budget_;
  std::deque<Entry> ring_;
  std::size_t bytes_ = 0;
  std::int64_t next_ = 0;          // records below are not given out
  std::optional<LogPrint> print_;  // only until next_ is reached
  std::int64_t end_offset_ = -1;
  BootTime end_heard_{};
  bool is_open_ = false;
  bool may_have_more_ = true;
  bool is_at_end_ = false;
  bool is_idle_ = false;
};

}  // namespace reprise::runtime
