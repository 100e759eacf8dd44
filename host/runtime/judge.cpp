#include "host/runtime/judge.hpp"

#include <utility>

#include "host/runtime/loop.hpp"
#include "host/runtime/task_host.hpp"

namespace reprise::runtime {
namespace {

struct Candidate {
  const config::ConnectorConfig* connector;
  const config::PluginUse* use;
  TaskHost::Identity identity;
};

std::vector<Candidate> candidates_of(std::span<const config::ConnectorConfig> connectors) {
  using Role = TaskHost::Role;
  std::vector<Candidate> all;
  for (const config::ConnectorConfig& connector : connectors) {
    const auto add = [&](const config::PluginUse& use, Role role, std::size_t index = 0) {
      all.push_back({&connector, &use, TaskHost::Identity::of(connector.name, use.plugin, role, index)});
    };
    add(connector.source, Role::Source);
    for (std::size_t i = 0; i < connector.transforms.size(); ++i) add(connector.transforms[i], Role::Transform, i);
    add(connector.sink, Role::Sink);
    if (connector.errors.dead_letter) add(*connector.errors.dead_letter, Role::DeadLetter);
  }
  return all;
}

}  // namespace

std::vector<config::Problem> judge_plugins(std::span<const config::ConnectorConfig> connectors, Services& services) {
  const std::vector<Candidate> candidates = candidates_of(connectors);
  std::vector<std::string> plugins;
  for (const Candidate& candidate : candidates) plugins.push_back(candidate.use->plugin);
  services.plugins.probe_together(plugins);

  Loop loop(services.clock);  // never runs: nothing is started
  std::vector<config::Problem> problems;
  for (const Candidate& candidate : candidates) {
    const auto loaded = services.plugins.load(candidate.use->plugin);
    if (!loaded) continue;
    const std::string& name = candidate.identity.instance;
    TaskHost host(candidate.identity, services, loop);
    const auto created = plugin::Instance::create(
        **loaded, host,
        {.name = name,
         .data_dir = {},
         .max_in_flight_bytes = candidate.connector->max_in_flight_bytes,
         .max_in_flight_records = static_cast<std::uint64_t>(candidate.connector->max_in_flight),
         .outgoing = services.outgoing},
        candidate.use->options);
    if (!created && !created.error().option.empty()) problems.push_back(refusal(*candidate.use, name, created.error()));
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
