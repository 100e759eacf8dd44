#include "host/runtime/connector.hpp"
#include "host/runtime/start_place.hpp"

// Where a partition begins that the connector has not seen before.

namespace reprise::runtime {

Result<std::int64_t> Connector::first_offset(Pipeline& pipeline, const TopicPartition& where, bool is_new_partition,
                                             BootTime deadline) {
  if (is_new_partition)
    return pipeline.resolve(where, REPRISE_AT_EARLIEST, -1, deadline);  // nothing of it may be missed
  const std::string* const option = config::find(config_.source, "start");
  auto start = parse_start(option == nullptr ? "latest" : *option, services_.clock.wall_ms());
  if (!start) return start.error();
  switch (start->kind) {
    case StartPlace::Kind::Earliest:
      return pipeline.resolve(where, REPRISE_AT_EARLIEST, -1, deadline);
    case StartPlace::Kind::Latest:
      return pipeline.resolve(where, REPRISE_AT_LATEST, -1, deadline);
    case StartPlace::Kind::Offset:
      return start->value;
    case StartPlace::Kind::Time:
      break;
  }
  auto offset = pipeline.resolve(where, REPRISE_AT_TIME, start->value, deadline);
  if (!offset || *offset >= 0) return offset;
  return pipeline.resolve(where, REPRISE_AT_LATEST, -1, deadline);  // nothing is as new as that: what comes next
}

}  // namespace reprise::runtime
