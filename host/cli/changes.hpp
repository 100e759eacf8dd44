#pragma once
#include <map>
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "host/tables/tables.hpp"

namespace reprise::cli {

/// What came, went and changed between two configurations and in their tables, for a line of the log:
/// "connectors +1 -0 ~2, tables.webhooks +3 -1 ~0"; "nothing" if it is the same. Never shows a value.
std::string describe_changes(const config::Config& before, const config::Config& after,
                             const std::map<std::string, tables::Change>& tables);

/// "+3 -1 ~0"
std::string to_text(const tables::Change& change);

/// The settings of the process that differ and are taken at the next start only: "worker.shards", "rest.listen".
std::vector<std::string> waiting_for_restart(const config::Config& before, const config::Config& after);

}  // namespace reprise::cli
