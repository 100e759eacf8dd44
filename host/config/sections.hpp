#pragma once
#include "host/config/check.hpp"
#include "host/config/config.hpp"

namespace reprise::config {

// Each reads one section (nullptr: it is not there, all is default) and adds what is wrong to context.problems.
WorkerConfig read_worker(const Value* section, CheckContext& context);
RestConfig read_rest(const Value* section, CheckContext& context);
void check_coordination(const Value* section, CheckContext& context);
std::map<std::string, ClusterConfig> read_clusters(const Value* section, CheckContext& context);
std::map<std::string, TableConfig> read_tables(const Value* section, CheckContext& context);

/// A name of a connector, cluster or table: 1 to 255 bytes without control characters. Adds a problem if it is not.
void check_name(const Value::Member& entry, const std::string& section, Problems& problems);

}  // namespace reprise::config
