#include "host/cli/changes.hpp"

#include <map>

namespace reprise::cli {
namespace {

std::map<std::string, std::string> fingerprints(const config::Config& config) {
  std::map<std::string, std::string> all;
  for (const config::ConnectorConfig& connector : config.connectors) all.emplace(connector.name, connector.fingerprint);
  return all;
}

tables::Change compare(const std::map<std::string, std::string>& before,
                       const std::map<std::string, std::string>& after) {
  tables::Change change;
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old == before.end()) {
      ++change.came;
    } else if (old->second != value) {
      ++change.changed;
    }
  }
  for (const auto& [name, value] : before) change.went += after.contains(name) ? 0 : 1;
  return change;
}

std::string listen_of(const config::RestConfig& rest) {
  return rest.listen ? rest.listen->host + ":" + std::to_string(rest.listen->port) : "";
}

}  // namespace

std::string to_text(const tables::Change& change) {
  return "+" + std::to_string(change.came) + " -" + std::to_string(change.went) + " ~" + std::to_string(change.changed);
}

std::string describe_changes(const config::Config& before, const config::Config& after,
                             const std::map<std::string, tables::Change>& tables) {
  std::string text;
  const auto add = [&](const std::string& what, const tables::Change& change) {
    if (!change.is_none()) text += (text.empty() ? "" : ", ") + what + " " + to_text(change);
  };
  add("connectors", compare(fingerprints(before), fingerprints(after)));
  for (const auto& [name, change] : tables) add("tables." + name, change);
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
