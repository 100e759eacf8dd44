#include "host/runtime/judge.hpp"

#include <utility>

#include "host/runtime/loop.hpp"
#include "host/runtime/placement.hpp"
#include "host/runtime/task_host.hpp"

namespace reprise::runtime {

std::vector<config::Problem> judge_plugins(std::span<const config::ConnectorConfig> connectors, Services& services) {
  std::vector<Placement> placements;
  for (const config::ConnectorConfig& connector : connectors) {
    for (Placement& each : placements_of(connector)) placements.push_back(std::move(each));
  }
  std::vector<std::string> plugins;
  for (const Placement& each : placements) plugins.push_back(each.use.plugin);
  services.plugins.probe_together(plugins);

  Loop loop(services.clock);  // never runs: nothing is started
  std::vector<config::Problem> problems;
  for (const Placement& each : placements) {
    const auto loaded = services.plugins.load(each.use.plugin);
    if (!loaded) continue;
    TaskHost host(each.identity, 0, services, loop);
    const auto created = plugin::Instance::create(**loaded, host, each.setup(services), each.use.options);
    if (!created && !created.error().option.empty())
      problems.push_back(refusal(each.use, each.identity.instance, created.error()));
  }
  return problems;
}

config::Problem refusal(const config::PluginUse& use, std::string_view instance, const Error& error) {
  // The problem has a place of its own, which says more than the instance's name.
  const std::string prefix = std::string(instance) + ": ";
  const std::string_view said = error.message;
  return config::refusal(use, error.option, said.starts_with(prefix) ? said.substr(prefix.size()) : said);
}

}  // namespace reprise::runtime
