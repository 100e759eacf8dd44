#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/replay/job.hpp"
#include "host/replay/proof.hpp"
#include "host/runtime/minutes.hpp"

namespace reprise::replay {

/// What became of a job's records against what the log holds when it is read again, by partition and minute of their own
/// time: a surplus in one partition or minute hides nothing in another.
class Report {
 public:
  struct Minute {
    std::uint64_t log = 0;  ///< wanted records that the second reading found
    runtime::MinuteCounts::Counts counts;
    /// Records of the log without an outcome.
    std::uint64_t missing() const { return log > counts.total() ? log - counts.total() : 0; }
    /// Outcomes without a record of the log: retention took some between the two readings, or the source gave some twice.
    std::uint64_t surplus() const { return counts.total() > log ? counts.total() - log : 0; }
  };
  using Partition = std::pair<std::string, std::int32_t>;

  void add_outcomes(const Partition& where, const runtime::MinuteCounts& minutes);
  void add_log(Looked looked);

  const std::map<std::int64_t, Minute>& minutes(const Partition& where) const { return minutes_.at(where); }
  /// Sums; what is missing and surplus is summed before they can hide each other.
  struct Total : Minute {
    std::uint64_t all_missing = 0, all_surplus = 0;
  };
  Total total() const;
  std::uint64_t missing() const { return total().all_missing; }
  /// Why not every wanted record was delivered, or is a copy of one that was, or is one that a transform did not want. Empty: the
  /// job is complete.
  std::vector<std::string> reasons(const Job& job) const;

  /// duration_ms: from the request to the end of the reading.
  std::string to_json(const Job& job, std::int64_t duration_ms) const;

 private:
  std::map<Partition, std::map<std::int64_t, Minute>> minutes_;  // minute since 1970
  std::vector<Looked> looked_;
};

}  // namespace reprise::replay
