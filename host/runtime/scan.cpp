#include "host/runtime/scan.hpp"

#include <algorithm>

#include "host/base/failpoint.hpp"
#include "host/runtime/record.hpp"

namespace reprise::runtime {

void Scan::close(std::int32_t why) {
  if (is_open_) source_.close(slot_, why);
  is_open_ = false;
  for (const Entry& entry : ring_) {
    for (std::size_t i = entry.next; i < entry.batch->count(); ++i) budget_.give_back(size_of(entry.batch->record(i)));
  }
  ring_.clear();
  bytes_ = 0;
}

Result<> Scan::fill(BootTime now) {
  while (is_pollable()) {
    reprise_batch lent{};
    lent.expired_before = -1;
    lent.end_offset = -1;
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(kRingBytes, budget_.left()));
    if (auto polled = source_.poll(slot_, kBatchRecords, most, &lent); !polled) {
      if (polled.error().status == Status::Retriable) may_have_more_ = false;  // the source tells when to come again
      return polled;
    }
    BatchRef batch(new Batch(lent));
    REPRISE_FAILPOINT(after_read);
    if (lent.end_offset >= 0) note_end(lent.end_offset, now);
    is_at_end_ = (lent.flags & REPRISE_BATCH_END) != 0;
    is_idle_ = (lent.flags & REPRISE_BATCH_IDLE) != 0;
    may_have_more_ = (lent.flags & REPRISE_BATCH_MORE) != 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < lent.count; ++i) bytes += size_of(lent.records[i]);
    bytes_ += bytes;
    budget_.charge(bytes);
    // An empty batch goes through the ring too: it may carry a cursor that moved over gaps.
    ring_.push_back({std::move(batch), 0, bytes});
  }
  return {};
}

void Scan::pop_front() {
  bytes_ -= ring_.front().bytes;
  ring_.pop_front();
}

}  // namespace reprise::runtime
