#include "host/runtime/scan.hpp"

#include <algorithm>

#include "host/base/failpoint.hpp"
#include "host/runtime/record.hpp"

namespace reprise::runtime {

std::int64_t Scan::look_back(std::int64_t next, const std::optional<LogPrint>& print) {
  next_ = next;
  print_ = print && print->offset < next ? print : std::nullopt;
  return print_ ? print_->offset : next;
}

void Scan::opened() {
  is_open_ = may_have_more_ = true;
  is_at_end_ = is_idle_ = false;
}

void Scan::close_source(std::int32_t why) {
  if (is_open_) source_.close(slot_, why);
  is_open_ = false;
}

void Scan::close(std::int32_t why) {
  close_source(why);
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
    if (print_) lent.flags &= ~std::uint32_t{REPRISE_BATCH_COUNTS_GAPS};  // it counts from the print on
    BatchRef batch(new Batch(lent));
    REPRISE_FAILPOINT(after_read);
    if (lent.end_offset >= 0) note_end(lent.end_offset, now);
    is_at_end_ = (lent.flags & REPRISE_BATCH_END) != 0;
    is_idle_ = (lent.flags & REPRISE_BATCH_IDLE) != 0;
    may_have_more_ = (lent.flags & REPRISE_BATCH_MORE) != 0;
    std::size_t known = 0;
    if (print_) {
      auto passed = pass_known(lent);
      if (!passed) return passed.error();
      known = *passed;
      if (lent.next_offset >= next_) print_.reset();
      if (lent.next_offset <= next_) continue;
    }
    std::size_t bytes = 0;
    for (std::size_t i = known; i < lent.count; ++i) bytes += size_of(lent.records[i]);
    bytes_ += bytes;
    budget_.charge(bytes);
    // An empty batch goes through the ring too: it may carry a cursor that moved over gaps.
    ring_.push_back({std::move(batch), known, bytes});
  }
  return {};
}

// How many records of the batch lie below next_.
Result<std::size_t> Scan::pass_known(const reprise_batch& batch) {
  std::size_t count = 0;
  for (; count < batch.count && batch.records[count].offset < next_; ++count) {
    const reprise_record& record = batch.records[count];
    if (record.offset == print_->offset && print_of(record) != *print_) {
      return fatal("log.changed", "offset " + std::to_string(record.offset) +
                                      " holds another record than the one that was read there");
    }
  }
  return count;
}

void Scan::pop_front() {
  bytes_ -= ring_.front().bytes;
  ring_.pop_front();
}

}  // namespace reprise::runtime
