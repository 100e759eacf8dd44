#include "host/replay/range.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"

namespace reprise::replay {
namespace {

using runtime::TopicPartition;

constexpr std::size_t kFrontRecords = 64;

std::vector<std::string> topics_of(const config::ConnectorConfig& connector) {
  std::vector<std::string> topics;
  while (const std::string* const topic = config::find(connector.source, "topics." + std::to_string(topics.size())))
    topics.push_back(*topic);
  if (topics.empty()) topics.emplace_back();  // the source has its own idea of what it reads
  return topics;
}

std::string name_of(const TopicPartition& where) { return where.topic + "-" + std::to_string(where.partition); }

Result<std::vector<TopicPartition>> wanted_partitions(const Job& job, const std::string& topic, LogReader& log) {
  auto known = log.partitions(topic);
  if (!known) {
    Error error = known.error();
    if (error.status != Status::Retriable) error = permanent("unknown.topic", error.message);
    return error;
  }
  if (known->empty())
    return permanent("unknown.topic", "topic " + quoted(topic) + " has no partitions: does it exist?");
  std::int32_t number = job.partition;
  if (number == kPartitionOfKey) {
    auto of_key = log.partition_for_key(topic, job.key);
    if (!of_key) return of_key.error();
    number = of_key->value_or(kAllPartitions);
  }
  if (number == kAllPartitions) return known;
  std::erase_if(*known, [&](const TopicPartition& each) { return each.partition != number; });
  if (known->empty())
    return permanent("unknown.partition", "topic " + quoted(topic) + " has no partition " + std::to_string(number));
  return known;
}

struct Bounds {
  std::int64_t earliest = 0, latest = 0;
  std::int64_t from = 0;   // first offset of this time
  std::int64_t start = 0;  // with slack
};

// -1 from the source: nothing is as new as that.
Result<std::int64_t> ask(LogReader& log, const TopicPartition& where, std::int64_t time_ms, std::int64_t latest) {
  auto offset = log.resolve(where, REPRISE_AT_TIME, std::max<std::int64_t>(0, time_ms));
  if (offset && *offset < 0) return latest;
  return offset;
}

Result<Bounds> find_bounds(const Job& job, const TopicPartition& where, LogReader& log) {
  const auto earliest = log.resolve(where, REPRISE_AT_EARLIEST);
  if (!earliest) return earliest.error();
  const auto latest = log.resolve(where, REPRISE_AT_LATEST);
  if (!latest) return latest.error();
  const auto from = ask(log, where, job.from_ms, *latest);
  if (!from) return from.error();
  const auto start = ask(log, where, job.from_ms - kSlackMs, *latest);
  if (!start) return start.error();
  return Bounds{*earliest, *latest, *from, *start};
}

// When the first records of the log were written: below those that are dated ahead of their neighbours. Empty: there are none.
Result<std::optional<std::int64_t>> find_front_ms(const LogReader::Stretch& stretch, LogReader& log) {
  std::vector<std::int64_t> times;
  const auto read = log.read(stretch, [&](const reprise_record& record) {
    times.push_back(record.timestamp_ms);
    return times.size() < kFrontRecords;
  });
  if (!read) return read.error();
  if (times.empty()) return std::optional<std::int64_t>();
  std::vector<std::int64_t> sorted = times;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const auto first =
      std::find_if(times.begin(), times.end(), [&](std::int64_t ms) { return ms <= *middle + kSlackMs; });
  return std::optional<std::int64_t>(*first);
}

Result<> check_webhook(const Request& request, const config::ConnectorConfig& connector, const tables::Tables& tables) {
  const std::string* const table = config::find(connector.sink, "endpoint.table");
  if (table == nullptr || table->empty()) return {};  // the sink has one endpoint for all
  const std::uint64_t number = tables.number(*table);
  if (number != 0 && tables.snapshot().find(number, request.key) != nullptr) return {};
  return permanent("unknown.webhook", "webhook " + quoted(request.key) + " is not in table " + quoted(*table));
}

Result<std::int64_t> lookback_ms(const config::ConnectorConfig& connector) {
  const std::string* const text = config::find(connector.source, "lookback");
  if (text == nullptr || text->empty()) return std::int64_t{-1};
  std::int64_t value = -1;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size()) {
    return fatal("config", "connectors." + connector.name + ".source.lookback is no duration: " + quoted(*text));
  }
  return value;
}

}  // namespace

Result<> check_request(const Request& request, const config::ConnectorConfig& connector, const tables::Tables& tables,
                       std::int64_t now_ms) {
  if (request.from_ms < 0) return permanent("request.range", "from lies before 1970: " + format_time(request.from_ms));
  if (request.from_ms >= request.to_ms) {
    return permanent("request.range", "from " + format_time(request.from_ms) + " is not before to " +
                                          format_time(request.to_ms) + "; from is inclusive, to exclusive");
  }
  if (request.to_ms > now_ms) {
    return permanent("request.range",
                     "to " + format_time(request.to_ms) + " lies in the future; now is " + format_time(now_ms));
  }
  const auto lookback = lookback_ms(connector);
  if (!lookback) return lookback.error();
  if (*lookback > 0 && request.from_ms < now_ms - *lookback) {
    return permanent("request.range", "from " + format_time(request.from_ms) +
                                          " reaches further back than source.lookback of " + connector.name +
                                          " allows; the earliest is now " + format_time(now_ms - *lookback));
  }
  return check_webhook(request, connector, tables);
}

Result<Range> find_range(const Job& job, const config::ConnectorConfig& connector, LogReader& log) {
  auto log_id = log.log_id();
  if (!log_id) return log_id.error();
  Range range;
  std::size_t gone = 0;
  std::string first_gone;
  for (const std::string& topic : topics_of(connector)) {
    auto wanted = wanted_partitions(job, topic, log);
    if (!wanted) return wanted.error();
    for (const TopicPartition& where : *wanted) {
      auto bounds = find_bounds(job, where, log);
      if (!bounds) return bounds.error();
      JobPartition& part = range.partitions.emplace_back();
      part.topic = where.topic;
      part.partition = where.partition;
      part.start = std::min(bounds->start, bounds->latest);
      part.end = part.log_end = bounds->latest;
      part.log_id = *log_id;
      // Offsets were deleted in front, and the log's first record is not older than the range: some may have held records of it.
      if (bounds->earliest == 0 || bounds->from > bounds->earliest) continue;
      const auto front_ms = find_front_ms({where, *log_id, bounds->earliest, bounds->latest, bounds->earliest}, log);
      if (!front_ms) return front_ms.error();
      part.is_cut = !*front_ms || **front_ms >= job.from_ms;
      if (!part.is_cut) continue;
      const std::string text = name_of(where) + " begins at offset " + std::to_string(bounds->earliest) +
                               " now, retention has taken what was before";
      // It is younger than the whole range, or there is no record at all.
      if (!*front_ms || **front_ms >= job.to_ms) {
        ++gone;
        if (first_gone.empty()) first_gone = text;
      }
      range.warnings.push_back(text + ": records of the range may be among that");
    }
  }
  if (!range.partitions.empty() && gone == range.partitions.size()) {
    range.gone =
        "the log holds nothing of " + format_time(job.from_ms) + " to " + format_time(job.to_ms) + ": " + first_gone;
  }
  return range;
}

// The latest offset is where readers have to stop: before the first transaction that is open. What lies behind it is in the log as
// well, and owed. Only the answers of a reading say where the log really ends, so there is one in each partition.
Result<> find_ends(const Job& job, LogReader& log, Range* range) {
  // All questions first: behind a fetch at the log's end they would wait.
  for (JobPartition& part : range->partitions) {
    const auto from = ask(log, {part.topic, part.partition}, job.to_ms + kSlackMs, part.log_end);
    if (!from) return from.error();
    part.end = *from;
  }
  for (JobPartition& part : range->partitions) {
    const bool has_beyond = part.end < part.log_end;
    const std::int64_t begin = std::max(has_beyond ? part.end : part.log_end - 1, part.start);
    std::int64_t end = begin;
    std::int64_t beyond = 0;
    const auto read = log.read(
        {{part.topic, part.partition}, part.log_id, begin, begin < part.log_end ? part.log_end : INT64_MAX, begin},
        [&](const reprise_record& record) {
          if (record.timestamp_ms < job.to_ms + kSlackMs) {
            end = record.offset + 1;
            beyond = 0;
          } else {
            ++beyond;
          }
          return beyond < kEndsRange;
        });
    if (!read) return read.error();
    // Behind an open transaction nobody can look yet: the job does, when that is over. What was appended meanwhile looks the same.
    const bool is_longer = part.log_end < log.log_end();
    part.log_end = std::max(part.log_end, log.log_end());
    part.end = !has_beyond || (is_longer && beyond < kEndsRange) ? part.log_end : end;
  }
  return {};
}

}  // namespace reprise::replay
