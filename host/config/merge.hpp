#pragma once
#include <vector>

#include "host/config/value.hpp"

namespace reprise::config {

/// The sections of several files as one map with worker, kafka, coordination, rest, tables, connectors, as far as they are there.
/// The entries of kafka, tables and connectors may be spread over files; anything given twice is a problem that names both
/// places.
Value merge_sections(std::vector<Value> roots, Problems& problems);

}  // namespace reprise::config
