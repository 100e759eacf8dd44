#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <optional>
#include <string>

#include "host/base/clock.hpp"
#include "host/runtime/checkpoint.hpp"
#include "host/runtime/ledger.hpp"
#include "host/runtime/minutes.hpp"
#include "host/runtime/scan.hpp"
#include "host/runtime/selection.hpp"
#include "host/runtime/stream_key.hpp"

namespace reprise::runtime {

/// One partition that a task is to run: from where, to where, which records. The checkpoint in it is durable already.
struct StreamPlan {
  StreamKey key;
  Checkpoint from;
  std::int64_t end = -1;  ///< offset, exclusive; -1: for ever
  Selection selection;
  std::string job;  ///< empty: live
  std::uint64_t epoch = 1;
  bool is_counted_by_minute = false;
};

/// A partition within a task: its scan, its ledger and what is said about it. Owned by the task, on the shard's thread.
struct Stream {
  enum class Phase : std::uint8_t { Opening, Running, Ended, Closed };

  Stream(StreamPlan stream_plan, std::uint32_t stream_slot, Source& source, FlightTable& flights, ByteBudget& budget)
      : plan(std::move(stream_plan)),
        slot(stream_slot),
        scan(source, stream_slot, budget),
        ledger(flights, plan.from),
        published(plan.from.counters) {}

  /// As plugins see it; borrows from this object.
  reprise_stream view(const std::string& connector) const {
    const bool is_replay = !plan.job.empty();
    reprise_stream result{};
    result.struct_size = sizeof result;
    result.slot = slot;
    result.connector = text_of(connector);
    result.unit = text_of(plan.key.owner);
    result.job = text_of(plan.job);
    result.epoch = plan.epoch;
    result.topic = text_of(plan.key.topic);
    result.partition = plan.key.partition;
    result.flags = is_replay ? static_cast<std::uint32_t>(REPRISE_STREAM_REPLAY) : 0;
    result.start = ledger.watermark();
    result.end = plan.end;
    result.from_ms = plan.selection.from_ms;
    result.to_ms = plan.selection.to_ms;
    if (plan.selection.key) result.key = bytes_of(*plan.selection.key);
    result.log_id = text_of(plan.from.log_id);
    return result;
  }

  /// Keeps a print of the record: of one in each group, and only when the watermark has passed it.
  void remember(const reprise_record& record) {
    if (!is_print_due || record.offset >= ledger.watermark()) return;
    is_print_due = false;
    ledger.remember(record);
  }

  const StreamPlan plan;
  const std::uint32_t slot;
  Scan scan;
  Ledger ledger;
  std::optional<MinuteCounts> minutes;
  Phase phase = Phase::Opening;
  std::size_t opened_stages = 0;  ///< of the transforms, then sink, dead letter sink, source
  BootTime open_again{};
  bool is_dirty = false;     ///< changed since its last commit
  bool is_print_due = true;  ///< no record was remembered since the last group
  Counters published;        ///< what the metrics have seen
  BootTime last_outcome{};
  BootTime short_since = BootTime::max();  ///< the log has ended before plan.end; max(): it does not
  std::int64_t committed = -1;             ///< watermark of the last courtesy commit
};

}  // namespace reprise::runtime
