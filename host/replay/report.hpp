#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/replay/job.hpp"
#include "host/runtime/minutes.hpp"

namespace reprise::replay {

/// What became of a job's records, minute by minute of their own time, against what the log holds when it is read again.
class Report {
 public:
  struct Minute {
    std::uint64_t log = 0;  ///< wanted records that the second reading found
    runtime::MinuteCounts::Counts counts;
    /// Above 0: so many records of the log have no outcome. Below: retention took some between the two readings.
    std::int64_t missing() const { return static_cast<std::int64_t>(log) - static_cast<std::int64_t>(counts.total()); }
  };

  void add_outcomes(const runtime::MinuteCounts& minutes);
  /// The second reading counts as "delivered" what it finds.
  void add_log(const runtime::MinuteCounts& minutes);

  const std::map<std::int64_t, Minute>& minutes() const { return minutes_; }
  Minute total() const;
  /// Sum over the minutes that lack something: a surplus in another minute hides nothing.
  std::uint64_t missing() const;
  /// Why not every wanted record was delivered, or is a copy of one that was, or is one that a transform did not want. Empty: the
  /// job is complete.
  std::vector<std::string> reasons(const Job& job) const;

  /// duration_ms: from the request to the end of the reading.
  std::string to_json(const Job& job, std::int64_t duration_ms) const;

 private:
  std::map<std::int64_t, Minute> minutes_;  // minute since 1970
};

}  // namespace reprise::replay
