#pragma once
#include <reprise/plugin.h>

#include <cstdint>

namespace reprise::runtime {

/// How one record of a log looked when it was read. The record that stands at its offset later tells whether the log is still
/// the same: a topic that was deleted and made anew counts from 0 again, and no client library of ours names topics otherwise.
struct LogPrint {
  std::int64_t offset = 0;
  std::uint64_t hash = 0;

  friend bool operator==(const LogPrint&, const LogPrint&) = default;
};

/// The hash is stored, so it is never to be computed otherwise: FNV-1a, 64 bits, over time, sizes and the first 4 KiB of key
/// and of value. It tells logs apart, not forgeries.
LogPrint print_of(const reprise_record& record);

}  // namespace reprise::runtime
