#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/result.hpp"
#include "host/runtime/log_print.hpp"
#include "host/runtime/outcome.hpp"

namespace reprise::runtime {

/// A run of neighbouring offsets without a final outcome, all tried equally often and since the same second.
struct OpenRun {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::uint32_t attempts = 0;  ///< attempts already spent on each
  std::int64_t since_s = 0;    ///< seconds since 1970 of the first attempt; 0: there was none

  friend bool operator==(const OpenRun&, const OpenRun&) = default;
};

/// How far one stream is, as it stands in the store. Everything below `watermark()` is final; of the offsets from there up
/// to `position`, those in `open` are not.
///
/// Stored form (all integers LEB128 varints, signed ones zigzag): format byte 3, log_id (length, bytes), start, position,
/// the counters in the order of their declaration, the earliest since_s of all runs (0: none), number of open runs, then per
/// run: first minus the end of the run before it (the first one: minus start), count, attempts, since_s minus the earliest
/// plus 1 (0: none); then the print's offset minus start plus 1 (0: there is none), and its hash. Format 2 has no print, format
/// 1 no since_s anywhere either; both are read.
struct Checkpoint {
  std::string log_id;         ///< which log the offsets count in; a stream never goes on in another
  std::int64_t start = 0;     ///< first offset of this generation
  std::int64_t position = 0;  ///< next offset to account for: everything below was read, is a gap or expired
  Counters counters;
  std::vector<OpenRun> open;           ///< ascending, without overlap, all within [start, position)
  std::optional<LogPrint> print = {};  ///< of a record in [start, watermark); empty: none was read yet

  std::int64_t watermark() const { return open.empty() ? position : open.front().first; }
  std::uint64_t open_count() const;

  std::string encode() const;
  /// Fatal with kind "state.corrupt" for bytes that are no checkpoint, or of a newer format.
  static Result<Checkpoint> decode(std::string_view bytes);

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

}  // namespace reprise::runtime
