#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "host/base/result.hpp"
#include "host/runtime/outcome.hpp"
#include "host/state/store.hpp"

namespace reprise::runtime {

/// Outcomes by the minute of the record's own time: one side of a replay's gap proof. Durable in the same write as the
/// outcomes it counts.
class MinuteCounts {
 public:
  struct Counts {
    std::uint64_t delivered = 0, duplicate = 0, filtered = 0, dead_lettered = 0, absorbed = 0;
    std::uint64_t total() const { return delivered + duplicate + filtered + dead_lettered + absorbed; }
    friend bool operator==(const Counts&, const Counts&) = default;
  };

  /// Reads what stands under prefix (StreamKey::minutes()).
  static Result<MinuteCounts> load(const state::Store& store, const std::string& prefix);

  void count(std::int64_t timestamp_ms, Outcome outcome);
  /// Puts the minutes that changed since the last call.
  void write(state::Batch& batch, const std::string& prefix);

  /// Minute since 1970 to its counts; records without a time stand at minute -1.
  const std::map<std::int64_t, Counts>& minutes() const { return minutes_; }

 private:
  std::map<std::int64_t, Counts> minutes_;
  std::set<std::int64_t> changed_;
};

}  // namespace reprise::runtime
