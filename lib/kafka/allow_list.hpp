#pragma once
#include <span>
#include <string_view>

namespace reprise::kafka {

/// What a connector may say about one of librdkafka's client properties.
enum class Override {
  Allowed,  ///< harmless: sizes, times, names
  Ours,     ///< decided by Reprise, because delivery guarantees or the version work-arounds depend on it
  Cluster,  ///< belongs to the cluster under kafka:, not to a connector
  Refused,  ///< runs code, reads files, opens addresses or weakens security, or is of no use here
  Unknown,  ///< no such property, as far as this list knows
};

/// Class of a property by its exact name.
Override classify(std::string_view property);

/// The allowed names, sorted: for messages and documentation.
std::span<const std::string_view> allowed_properties();

}  // namespace reprise::kafka
