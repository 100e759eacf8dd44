#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "host/base/result.hpp"
#include "host/state/store.hpp"

namespace reprise::state {

/// One step between two neighbouring formats of the store.
struct Migration {
  std::uint32_t from = 0;  ///< leads from this format to from + 1
  /// Reads the old form from store and writes what changes into batch, which is committed together with the new number:
  /// after a crash a step was taken whole or not at all.
  std::function<Result<>(const Store& store, Batch& batch)> step;
};

/// What this program reads and writes.
struct Format {
  std::uint32_t version = 1;
  std::vector<Migration> migrations;
};

/// The format of this version of Reprise. 1 is the first.
const Format& current_format();

/// Keys of the store itself begin with this byte; no other key may.
inline constexpr char kReservedFirstByte = '\0';

/// Brings store to wanted, step by step; an empty store gets its number. Returns the version found (wanted.version for an
/// empty one). Fatal: kind "store.newer" names both versions, "store.format" an older one for which there is no step.
Result<std::uint32_t> bring_to_format(Store& store, const Format& wanted);

}  // namespace reprise::state
