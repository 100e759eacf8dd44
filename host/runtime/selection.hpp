#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "host/runtime/record.hpp"

namespace reprise::runtime {

/// Which records of a partition a task wants. The host selects before the transforms, so that a replay costs nothing for the
/// records of others.
struct Selection {
  std::optional<std::string> key;  ///< only this key
  std::int64_t from_ms = -1;       ///< record time, inclusive; -1: from the beginning
  std::int64_t to_ms = -1;         ///< record time, exclusive; -1: to the end

  bool wants_all() const { return !key && from_ms < 0 && to_ms < 0; }
  bool wants(const reprise_record& record) const {
    if (key && (record.key.data == nullptr || view(record.key) != *key)) return false;
    if (from_ms >= 0 && record.timestamp_ms < from_ms) return false;
    return to_ms < 0 || record.timestamp_ms < to_ms;
  }
};

}  // namespace reprise::runtime
