#include "host/replay/range.hpp"

#include <algorithm>
#include <charconv>

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"

namespace reprise::replay {
namespace {

using runtime::Pipeline;
using runtime::TopicPartition;

std::vector<std::string> topics_of(const config::ConnectorConfig& connector) {
  std::vector<std::string> topics;
  while (const std::string* const topic = config::find(connector.source, "topics." + std::to_string(topics.size())))
    topics.push_back(*topic);
  if (topics.empty()) topics.emplace_back();  // the source has its own idea of what it reads
  return topics;
}

std::string name_of(const TopicPartition& where) { return where.topic + "-" + std::to_string(where.partition); }

Result<std::vector<TopicPartition>> wanted_partitions(const Job& job, const std::string& topic, Pipeline& source,
                                                      BootTime deadline) {
  auto known = source.partitions(topic, deadline);
  if (!known) {
    Error error = known.error();
    if (error.status != Status::Retriable) error = permanent("unknown.topic", error.message);
    return error;
  }
  if (known->empty())
    return permanent("unknown.topic", "topic " + quoted(topic) + " has no partitions: does it exist?");
  std::int32_t number = job.partition;
  if (number == kPartitionOfKey) {
    auto of_key = source.partition_for_key(topic, job.key, deadline);
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
  std::int64_t from = 0, to = 0;    // first offset of these times
  std::int64_t start = 0, end = 0;  // with slack
};

// -1 from the source: nothing is as new as that.
Result<Bounds> find_bounds(const Job& job, const TopicPartition& where, Pipeline& source, BootTime deadline) {
  Bounds bounds;
  const auto ask = [&](std::int32_t at, std::int64_t time_ms, std::int64_t* out) -> Result<> {
    auto offset = source.resolve(where, at, time_ms, deadline);
    if (!offset) return offset.error();
    *out = *offset < 0 ? bounds.latest : *offset;
    return {};
  };
  if (auto asked = ask(REPRISE_AT_EARLIEST, -1, &bounds.earliest); !asked) return asked.error();
  if (auto asked = ask(REPRISE_AT_LATEST, -1, &bounds.latest); !asked) return asked.error();
  if (auto asked = ask(REPRISE_AT_TIME, job.from_ms, &bounds.from); !asked) return asked.error();
  if (auto asked = ask(REPRISE_AT_TIME, job.to_ms, &bounds.to); !asked) return asked.error();
  if (auto asked = ask(REPRISE_AT_TIME, std::max<std::int64_t>(0, job.from_ms - kSlackMs), &bounds.start); !asked)
    return asked.error();
  if (auto asked = ask(REPRISE_AT_TIME, job.to_ms + kSlackMs, &bounds.end); !asked) return asked.error();
  bounds.end = std::max(bounds.end, bounds.start);
  return bounds;
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

Result<Range> find_range(const Job& job, const config::ConnectorConfig& connector, Pipeline& source,
                         BootTime deadline) {
  auto log_id = source.log_id(deadline);
  if (!log_id) return log_id.error();
  Range range;
  std::size_t gone = 0;
  std::string first_gone;
  for (const std::string& topic : topics_of(connector)) {
    auto wanted = wanted_partitions(job, topic, source, deadline);
    if (!wanted) return wanted.error();
    for (const TopicPartition& where : *wanted) {
      auto bounds = find_bounds(job, where, source, deadline);
      if (!bounds) return bounds.error();
      // Nothing older than `from` is left in front, and offsets were deleted there: some may have held records of the range.
      const bool is_cut = bounds->earliest > 0 && bounds->from <= bounds->earliest;
      range.partitions.push_back({where.topic, where.partition, bounds->start, bounds->end, *log_id, is_cut});
      if (!is_cut) continue;
      const std::string text = name_of(where) + " begins at offset " + std::to_string(bounds->earliest) +
                               " now, retention has taken what was before";
      // Its first record is younger than the whole range, or there is no record at all.
      if (bounds->to <= bounds->earliest) {
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

}  // namespace reprise::replay
