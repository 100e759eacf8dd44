#include "host/cli/changes.hpp"

#include <functional>
#include <map>

namespace reprise::cli {
namespace {

// How two sets of named things differ.
struct Difference {
  int came = 0, went = 0, changed = 0;

  bool is_none() const { return came == 0 && went == 0 && changed == 0; }
  std::string text() const {
    return "+" + std::to_string(came) + " -" + std::to_string(went) + " ~" + std::to_string(changed);
  }
};

// Both are maps; is_same compares what a name stands for.
template <class Map, class IsSame>
Difference compare(const Map& before, const Map& after, const IsSame& is_same) {
  Difference difference;
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old == before.end()) {
      ++difference.came;
    } else if (!is_same(old->second, value)) {
      ++difference.changed;
    }
  }
  for (const auto& [name, value] : before) difference.went += after.contains(name) ? 0 : 1;
  return difference;
}

std::map<std::string, std::string> fingerprints(const config::Config& config) {
  std::map<std::string, std::string> all;
  for (const config::ConnectorConfig& connector : config.connectors) all.emplace(connector.name, connector.fingerprint);
  return all;
}

const std::map<std::string, std::string>& rows_of(const config::Config& config, const std::string& table) {
  static const std::map<std::string, std::string> none;
  const auto found = config.tables.find(table);
  return found == config.tables.end() ? none : found->second.rows;
}

std::string listen_of(const config::RestConfig& rest) {
  return rest.listen ? rest.listen->host + ":" + std::to_string(rest.listen->port) : "";
}

}  // namespace

std::string describe_changes(const config::Config& before, const config::Config& after) {
  std::string text;
  const auto add = [&](const std::string& what, const Difference& difference) {
    if (difference.is_none()) return;
    text += (text.empty() ? "" : ", ") + what + " " + difference.text();
  };
  add("connectors", compare(fingerprints(before), fingerprints(after), std::equal_to<>()));
  std::map<std::string, config::TableConfig> tables = before.tables;
  tables.insert(after.tables.begin(), after.tables.end());
  for (const auto& [name, table] : tables)
    add("tables." + name, compare(rows_of(before, name), rows_of(after, name), std::equal_to<>()));
  return text.empty() ? "nothing" : text;
}

std::vector<std::string> waiting_for_restart(const config::Config& before, const config::Config& after) {
  std::vector<std::string> names;
  const auto add = [&](const char* name, const auto& old, const auto& wanted) {
    if (!(old == wanted)) names.emplace_back(name);
  };
  add("worker.id", before.worker.id, after.worker.id);
  add("worker.cluster_id", before.worker.cluster_id, after.worker.cluster_id);
  add("worker.state_dir", before.worker.state_dir, after.worker.state_dir);
  add("worker.plugin_path", before.worker.plugin_path, after.worker.plugin_path);
  add("worker.outgoing.allow_cidrs", before.worker.outgoing.allow, after.worker.outgoing.allow);
  add("worker.outgoing.deny_cidrs", before.worker.outgoing.deny, after.worker.outgoing.deny);
  add("worker.outgoing.ports", before.worker.outgoing.ports, after.worker.outgoing.ports);
  add("worker.outgoing.nat64_prefixes", before.worker.outgoing.nat64, after.worker.outgoing.nat64);
  add("worker.shards", before.worker.shards, after.worker.shards);
  add("worker.log.level", before.worker.log_level, after.worker.log_level);
  add("worker.log.format", before.worker.log_json, after.worker.log_json);
  add("rest.listen", listen_of(before.rest), listen_of(after.rest));
  return names;
}

}  // namespace reprise::cli
