#pragma once
#include <string>
#include <vector>

#include "host/config/config.hpp"

namespace reprise::cli {

/// What came, went and changed between two configurations, for a line of the log: "connectors +1 -0 ~2, tables.webhooks +3 -1 ~0";
/// "nothing" if it is the same. Never shows a value.
std::string describe_changes(const config::Config& before, const config::Config& after);

/// The settings of the process that differ and are taken at the next start only: "worker.shards", "rest.listen".
std::vector<std::string> waiting_for_restart(const config::Config& before, const config::Config& after);

}  // namespace reprise::cli
