#include "host/replay/report.hpp"

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"

namespace reprise::replay {
namespace {

void write_minute(config::JsonWriter& json, const Report::Minute& minute) {
  json.member("log", minute.log)
      .member("delivered", minute.counts.delivered)
      .member("duplicate", minute.counts.duplicate);
  json.member("filtered", minute.counts.filtered).member("dead_lettered", minute.counts.dead_lettered);
  json.member("absorbed", minute.counts.absorbed).member("missing", minute.missing());
}

void add(runtime::MinuteCounts::Counts& sum, const runtime::MinuteCounts::Counts& counts) {
  sum.delivered += counts.delivered;
  sum.duplicate += counts.duplicate;
  sum.filtered += counts.filtered;
  sum.dead_lettered += counts.dead_lettered;
  sum.absorbed += counts.absorbed;
}

}  // namespace

void Report::add_outcomes(const runtime::MinuteCounts& minutes) {
  for (const auto& [minute, counts] : minutes.minutes()) add(minutes_[minute].counts, counts);
}

void Report::add_log(const runtime::MinuteCounts& minutes) {
  for (const auto& [minute, counts] : minutes.minutes()) minutes_[minute].log += counts.total();
}

Report::Minute Report::total() const {
  Minute sum;
  for (const auto& [number, minute] : minutes_) {
    sum.log += minute.log;
    add(sum.counts, minute.counts);
  }
  return sum;
}

std::uint64_t Report::missing() const {
  std::uint64_t sum = 0;
  for (const auto& [number, minute] : minutes_) {
    if (minute.missing() > 0) sum += static_cast<std::uint64_t>(minute.missing());
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
  json.member("missing", missing());
  json.key("total").begin_object();
  write_minute(json, total());
  json.end_object();
  json.key("minutes").begin_array();
  for (const auto& [number, minute] : minutes_) {
    json.begin_object().member("minute", number < 0 ? std::string("none") : format_time(number * 60'000));
    write_minute(json, minute);
    json.end_object();
  }
  json.end_array().end_object();
  return json.take();
}

}  // namespace reprise::replay
