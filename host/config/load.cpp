#include "host/config/load.hpp"

#include <algorithm>

#include "host/config/connector.hpp"
#include "host/config/exposure.hpp"
#include "host/config/merge.hpp"
#include "host/config/rows.hpp"
#include "host/config/sections.hpp"
#include "host/config/yaml.hpp"

namespace reprise::config {
namespace {

// Parses each with read; all files' problems together, because what follows would blame what merely could not be read.
template <class Range, class Read>
std::vector<Value> parse_all(const Range& range, const Read& read) {
  Problems problems;
  std::vector<Value> roots;
  for (const auto& item : range) {
    try {
      roots.push_back(read(item));
    } catch (const ConfigError& error) {
      problems.add(error);
    }
  }
  problems.throw_if_any();
  return roots;
}

Config assemble(std::vector<Value> roots, const ManifestLookup& manifests, SecretSource& secrets,
                const ClientRule& client_rule) {
  Problems problems;
  const Value all = merge_sections(std::move(roots), problems);
  CheckContext context{problems, secrets};
  context.client_rule = client_rule;
  Config config;
  config.worker = read_worker(all.find("worker"), context);
  config.rest = read_rest(all.find("rest"), context);
  check_coordination(all.find("coordination"), context);
  config.clusters = read_clusters(all.find("kafka"), context);
  config.tables = read_tables(all.find("tables"), context);

  std::map<std::string, std::vector<Option>> clusters;
  for (const auto& [name, cluster] : config.clusters) clusters[name] = cluster.options;
  std::vector<std::string> tables;
  for (const auto& [name, table] : config.tables) tables.push_back(name);
  context.clusters = &clusters;
  context.tables = &tables;
  config.connectors = read_connectors(all.find("connectors"), manifests, context);
  for (auto& [table, rules] : row_rules(config.connectors, manifests)) {
    if (config.tables.contains(table)) config.tables[table].rules = std::move(rules);
  }
  read_rows(all.find("tables"), config.tables, context);
  problems.throw_if_any();
  config.warnings = warn_of_readers(context.literal_secrets);
  return config;
}

}  // namespace

const ConnectorConfig* find_connector(const Config& config, std::string_view name) {
  const auto it = std::find_if(config.connectors.begin(), config.connectors.end(),
                               [&](const ConnectorConfig& c) { return c.name == name; });
  return it == config.connectors.end() ? nullptr : &*it;
}

WorkerConfig load_worker(std::span<const std::filesystem::path> files, SecretSource& secrets) {
  const auto roots = parse_all(files, read_yaml_file);
  Problems of_sections, of_worker;
  const Value all = merge_sections(roots, of_sections);
  CheckContext context{of_worker, secrets};
  WorkerConfig worker = read_worker(all.find("worker"), context);
  if (of_worker.empty()) return worker;

  // Nobody can go on to load, so this is where a person sees what else is wrong; connectors cannot be judged without plugins.
  CheckContext rest{of_sections, secrets};
  read_worker(all.find("worker"), rest);
  read_rest(all.find("rest"), rest);
  check_coordination(all.find("coordination"), rest);
  read_clusters(all.find("kafka"), rest);
  read_tables(all.find("tables"), rest);
  of_sections.throw_if_any();
  return worker;
}

Config load(std::span<const std::filesystem::path> files, const ManifestLookup& manifests, SecretSource& secrets,
            const ClientRule& client_rule) {
  Config config = assemble(parse_all(files, read_yaml_file), manifests, secrets, client_rule);
  std::vector<std::filesystem::path> all(files.begin(), files.end());
  for (const auto& [name, table] : config.tables) {
    if (table.file) all.push_back(table.file->path);
  }
  for (const auto& file : all) warn_of_writers(file, config.warnings);
  return config;
}

Config load(std::span<const Document> documents, const ManifestLookup& manifests, SecretSource& secrets,
            const ClientRule& client_rule) {
  return assemble(parse_all(documents, [](const Document& d) { return parse_yaml(d.text, d.origin); }), manifests,
                  secrets, client_rule);
}

}  // namespace reprise::config
