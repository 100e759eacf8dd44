#include "host/replay/proof.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::replay {
namespace {

// Not those of range.hpp: a proof that took its numbers from what it proves would err with it.
constexpr std::int64_t kSlackOfProof = 300'000;
constexpr std::int64_t kLookBelow = 16'384;
constexpr std::uint64_t kBeyondInARow = 65'536;

/// Counts the wanted among the records of one partition that go by.
class Tally {
 public:
  Tally(const Job& job, Looked* looked) : job_(job), looked_(*looked) {}

  void take(const reprise_record& record) {
    beyond_ = record.timestamp_ms >= job_.to_ms + kSlackOfProof ? beyond_ + 1 : 0;
    const bool is_in_time = job_.from_ms <= record.timestamp_ms && record.timestamp_ms < job_.to_ms;
    if (is_in_time && has_key(record)) ++looked_.minutes[record.timestamp_ms < 0 ? -1 : record.timestamp_ms / 60'000];
  }
  bool is_far_beyond() const { return beyond_ >= kBeyondInARow; }

 private:
  bool has_key(const reprise_record& record) const {
    return record.key.data != nullptr && record.key.size == job_.key.size() &&
           std::memcmp(record.key.data, job_.key.data(), job_.key.size()) == 0;
  }
  const Job& job_;
  Looked& looked_;
  std::uint64_t beyond_ = 0;
};

Result<Looked> look(const Job& job, const JobPartition& part, LogReader& log) {
  const runtime::TopicPartition where{part.topic, part.partition};
  const bool is_whole = job.proof == ProofKind::Log;
  const auto first = log.resolve(where, REPRISE_AT_EARLIEST);
  if (!first) return first.error();
  std::int64_t start = *first;
  if (!is_whole) {
    const auto named = log.resolve(where, REPRISE_AT_TIME, std::max<std::int64_t>(job.from_ms - kSlackOfProof, 0));
    if (!named) return named.error();
    start = std::max(start, (*named < 0 ? part.log_end : *named) - kLookBelow);
  }
  Looked looked{part.topic, part.partition, start, start, false, {}};
  Tally tally(job, &looked);
  const auto read = log.read({where, part.log_id, start, part.log_end, part.end}, [&](const reprise_record& record) {
    if (!is_whole && tally.is_far_beyond() && record.offset >= part.end) return false;
    tally.take(record);
    return true;
  });
  if (!read) return read.error();
  looked.to = *read;
  looked.is_log_end = is_whole || !tally.is_far_beyond();
  return looked;
}

// Where the proof looks, each with the end of the log as the job met it.
Result<std::vector<JobPartition>> places_of(const Job& job, LogReader& log) {
  std::vector<JobPartition> places = job.partitions;
  for (JobPartition& each : places) {
    if (each.log_end < 0) each.log_end = each.end;
  }
  if (job.proof != ProofKind::Log || places.empty()) return places;
  auto all = log.partitions({});
  if (!all) return all.error();
  for (const runtime::TopicPartition& where : *all) {
    const bool is_there = std::any_of(job.partitions.begin(), job.partitions.end(), [&](const JobPartition& each) {
      return each.topic == where.topic && each.partition == where.partition;
    });
    if (is_there) continue;
    const auto end = log.resolve(where, REPRISE_AT_LATEST);
    if (!end) return end.error();
    JobPartition& place = places.emplace_back();
    place.topic = where.topic;
    place.partition = where.partition;
    place.log_id = job.partitions.front().log_id;
    place.log_end = *end;
  }
  return places;
}

}  // namespace

Result<std::vector<Looked>> read_again(const Job& job, LogReader& log) {
  const auto log_id = log.log_id();
  if (!log_id) return log_id.error();
  const auto places = places_of(job, log);
  if (!places) return places.error();
  std::vector<Looked> result;
  for (const JobPartition& each : *places) {
    if (each.log_id != *log_id)
      return fatal("log.changed", "the second reading meets log " + *log_id + ", the job read " + each.log_id);
    auto looked = look(job, each, log);
    if (!looked) return looked.error();
    result.push_back(*std::move(looked));
  }
  return result;
}

}  // namespace reprise::replay
