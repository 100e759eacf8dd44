#include <filesystem>
#include <iostream>

#include "host/cli/commands.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/worker.hpp"
#include "host/config/json.hpp"
#include "host/config/load.hpp"
#include "host/config/problem.hpp"

// Verbs that read files and manifests and run no plugin code.

namespace reprise::cli {
namespace {

/// Live delivery to many that has nowhere to put what one of them does not take.
bool may_stop_for_one(const config::ConnectorConfig& connector) {
  return connector.mode == config::ConnectorConfig::Mode::Live &&
         connector.errors.endpoint_overflow == config::ErrorPolicy::Overflow::Block;
}

config::Problem stops_for_one(const config::ConnectorConfig& connector) {
  std::string message =
      "one endpoint that stays down stops this connector, for all its endpoints, as soon as it holds its share of "
      "waiting records";
  if (!connector.errors.dead_letter)
    message +=
        ": there is no errors.dead_letter to take what is beyond; one record that fails for good stops it as well";
  return {connector.where, "connectors." + connector.name + ".errors", message};
}

}  // namespace

int run_validate(const std::vector<std::string>& files) {
  try {
    auto loaded = load_configuration({files.begin(), files.end()});
    if (!loaded) {
      std::cerr << "reprise: " << loaded.error().message << '\n';
      return kEnvironment;
    }
    const config::Config& config = loaded->config;
    for (const config::Problem& warning : config.warnings) std::cerr << "warning: " << config::format(warning) << '\n';
    for (const config::ConnectorConfig& connector : config.connectors) {
      std::cout << connector.name
                << (connector.mode == config::ConnectorConfig::Mode::Live ? " (live): " : " (replay): ")
                << connector.source.plugin;
      for (const config::PluginUse& transform : connector.transforms) std::cout << " -> " << transform.plugin;
      std::cout << " -> " << connector.sink.plugin << '\n';
    }
    for (const config::ConnectorConfig& connector : config.connectors) {
      if (may_stop_for_one(connector)) std::cerr << "warning: " << config::format(stops_for_one(connector)) << '\n';
    }
    std::cout << "valid: " << config.connectors.size() << " connectors, " << config.clusters.size() << " clusters, "
              << config.tables.size() << " tables\n";
    return kOk;
  } catch (const config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return kConfiguration;
  }
}

int run_plugins(const std::vector<std::string>& files, bool is_json) {
  try {
    config::SystemSecrets secrets;
    const config::WorkerConfig worker =
        config::load_worker(std::vector<std::filesystem::path>(files.begin(), files.end()), secrets);
    auto plugins = scan_plugins(worker);
    if (!plugins) {
      std::cerr << "reprise: " << plugins.error().message << '\n';
      return kEnvironment;
    }
    config::JsonWriter json;
    json.begin_array();
    for (const plugin::Registry::Plugin* plugin : (*plugins)->list()) {
      json.begin_object()
          .member("id", plugin->manifest.id)
          .member("version", plugin->manifest.version)
          .member("kind", config::to_text(plugin->manifest.kind))
          .member("file", plugin->path.string())
          .end_object();
      if (!is_json) {
        std::cout << plugin->manifest.id << ' ' << plugin->manifest.version << ' '
                  << config::to_text(plugin->manifest.kind) << "  " << plugin->manifest.summary << '\n';
      }
    }
    json.end_array();
    if (is_json) std::cout << json.text() << '\n';
    for (const std::string& warning : (*plugins)->warnings())
      std::cerr << "warning: " << worker.mask.cover(warning) << '\n';
    for (const auto& problem : (*plugins)->problems())
      std::cerr << worker.mask.cover(problem.path.string() + ": " + problem.error.message) << '\n';
    return (*plugins)->problems().empty() ? kOk : kConfiguration;
  } catch (const config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return kConfiguration;
  }
}

}  // namespace reprise::cli
