#pragma once
#include <vector>

#include "host/config/check.hpp"
#include "host/config/config.hpp"
#include "host/config/load.hpp"

namespace reprise::config {

/// Reads the section connectors (nullptr: none). Adds what is wrong to context.problems.
std::vector<ConnectorConfig> read_connectors(const Value* section, const ManifestLookup& manifests,
                                             CheckContext& context);

}  // namespace reprise::config
