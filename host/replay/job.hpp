#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/result.hpp"
#include "host/config/json.hpp"
#include "host/runtime/outcome.hpp"

namespace reprise::replay {

/// States of a job. Open, Started and Ongoing are active: they may run, now or later.
enum class JobState : std::uint8_t { Open, Started, Ongoing, Completed, Failed, Cancelled };
std::string_view name_of(JobState state);
std::optional<JobState> parse_state(std::string_view name);
constexpr bool is_active(JobState state) { return state <= JobState::Ongoing; }

/// Which partitions a job reads, where it is not the number of one.
inline constexpr std::int32_t kPartitionOfKey = -1;  ///< where the producer put the key; all, if nobody knows
inline constexpr std::int32_t kAllPartitions = -2;

/// How much of the log the second reading of a job looks at.
enum class ProofKind : std::uint8_t {
  Range,  ///< around the range, in the job's partitions
  Log,    ///< all of it, in all partitions
};
std::string_view name_of(ProofKind kind);
std::optional<ProofKind> parse_proof(std::string_view name);

/// What a job reads of one partition: offsets [start, end), counted in the log log_id.
struct JobPartition {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t start = 0, end = 0;
  std::string log_id;
  std::int64_t log_end = -1;  ///< of the partition, when the job began: what came later is not owed; -1: unknown
  bool is_cut =
      false;  ///< when the job began, the log began at `start`, and retention had taken what the range held before it
  friend bool operator==(const JobPartition&, const JobPartition&) = default;
};

/// One replay: every record of `key` dated [from_ms, to_ms), through a connector of mode replay. A value.
struct Job {
  std::string id;  ///< sorts by the time of its making
  std::string connector;
  std::string key;  ///< the webhook
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  std::int32_t partition = kPartitionOfKey;
  bool is_dry_run = false;
  ProofKind proof = ProofKind::Range;
  std::string asker;  ///< who asked for it: the control socket, or the worker's port

  JobState state = JobState::Open;
  bool is_paused = false;            ///< not claimable until it is resumed
  bool is_cancel_requested = false;  ///< its runner, or its next one, ends it as Cancelled
  std::uint64_t epoch = 0;           ///< grows with each claim; a write under an older one is refused
  std::string owner;                 ///< incarnation that runs it; empty: nobody
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::string error_kind, error_message;  ///< why it failed, or what it waits for
  std::vector<std::string> warnings;
  std::vector<JobPartition> partitions;  ///< set before the first record is read
  runtime::Counters counters;            ///< when it ended
  std::string outcome;                   ///< Completed: "complete" or "incomplete"

  friend bool operator==(const Job&, const Job&) = default;
};

/// 26 characters, time first. wall_ms: now.
std::string make_job_id(std::int64_t wall_ms);

/// The members of a job, inside an object that the caller has begun.
void write_members(config::JsonWriter& json, const Job& job);
void write_counters(config::JsonWriter& json, const runtime::Counters& counters);
std::string encode(const Job& job);
/// Fatal with kind "state.corrupt" for text that encode did not make.
Result<Job> decode(std::string_view text);

}  // namespace reprise::replay
