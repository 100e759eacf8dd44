#include "host/replay/report.hpp"

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"

namespace reprise::replay {
namespace {

void write_counts(config::JsonWriter& json, const Report::Minute& minute, std::uint64_t missing,
                  std::uint64_t surplus) {
  json.member("log", minute.log)
      .member("delivered", minute.counts.delivered)
      .member("duplicate", minute.counts.duplicate);
  json.member("filtered", minute.counts.filtered).member("dead_lettered", minute.counts.dead_lettered);
  json.member("absorbed", minute.counts.absorbed).member("missing", missing).member("surplus", surplus);
}

void add(runtime::MinuteCounts::Counts& sum, const runtime::MinuteCounts::Counts& counts) {
  sum.delivered += counts.delivered;
  sum.duplicate += counts.duplicate;
  sum.filtered += counts.filtered;
  sum.dead_lettered += counts.dead_lettered;
  sum.absorbed += counts.absorbed;
}

}  // namespace

void Report::add_outcomes(const Partition& where, const runtime::MinuteCounts& minutes) {
  for (const auto& [minute, counts] : minutes.minutes()) add(minutes_[where][minute].counts, counts);
}

void Report::add_log(Looked looked) {
  for (const auto& [minute, count] : looked.minutes) minutes_[{looked.topic, looked.partition}][minute].log += count;
  looked_.push_back(std::move(looked));
}

Report::Total Report::total() const {
  Total sum;
  for (const auto& [where, minutes] : minutes_) {
    for (const auto& [number, minute] : minutes) {
      sum.log += minute.log;
      add(sum.counts, minute.counts);
      sum.all_missing += minute.missing();
      sum.all_surplus += minute.surplus();
    }
  }
  return sum;
}

std::vector<std::string> Report::reasons(const Job& job) const {
  std::vector<std::string> result;
  for (const JobPartition& each : job.partitions) {
    if (!each.is_cut) continue;
    result.push_back("expired before the job began: " + each.topic + "-" + std::to_string(each.partition) +
                     " began at offset " + std::to_string(each.start) + ", retention had taken what was before");
  }
  const auto count = [&](std::uint64_t number, std::string_view what) {
    if (number > 0) result.push_back(with_thousands(number) + std::string(what));
  };
  count(job.counters.expired, " offsets expired while the job ran: retention took them before they were read");
  count(job.counters.dead_lettered, " records went to the dead letters");
  count(missing(), " records of the log have no outcome");
  return result;
}

std::string Report::to_json(const Job& job, std::int64_t duration_ms) const {
  config::JsonWriter json;
  json.begin_object().member("job", job.id).member("outcome", job.outcome).member("dry_run", job.is_dry_run);
  json.member("from", format_time(job.from_ms)).member("to", format_time(job.to_ms)).member("duration_ms", duration_ms);
  json.key("reasons").begin_array();
  for (const std::string& reason : reasons(job)) json.string(reason);
  json.end_array();
  json.key("counters");
  write_counters(json, job.counters);
  const Total sum = total();
  json.member("missing", sum.all_missing).member("surplus", sum.all_surplus).member("proof", name_of(job.proof));
  json.key("looked").begin_array();
  for (const Looked& each : looked_) {
    json.begin_object().member("topic", each.topic).member("partition", each.partition).member("from", each.from);
    json.member("to", each.to).member("log_end", each.is_log_end).end_object();
  }
  json.end_array();
  json.key("total").begin_object();
  write_counts(json, sum, sum.all_missing, sum.all_surplus);
  json.end_object();
  json.key("minutes").begin_array();
  for (const auto& [where, minutes] : minutes_) {
    for (const auto& [number, minute] : minutes) {
      json.begin_object().member("topic", where.first).member("partition", where.second);
      json.member("minute", number < 0 ? std::string("none") : format_time(number * 60'000));
      write_counts(json, minute, minute.missing(), minute.surplus());
      json.end_object();
    }
  }
  json.end_array().end_object();
  return json.take();
}

}  // namespace reprise::replay
