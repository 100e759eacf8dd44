#pragma once
#include <vector>

#include "host/config/config.hpp"
#include "host/plugin/instance.hpp"
#include "host/runtime/services.hpp"
#include "host/runtime/task_host.hpp"

namespace reprise::runtime {

/// Where a plugin stands in a connector, and with which options. Borrows from the connector's configuration.
struct Placement {
  const config::ConnectorConfig& connector;
  const config::PluginUse& use;
  TaskHost::Identity identity;

  /// What the host gives its instance: the same for its task and for who only judges it.
  plugin::Instance::Setup setup(const Services& services) const;
};

/// In the order in which records meet them: source, transforms, sink, dead letter sink.
std::vector<Placement> placements_of(const config::ConnectorConfig& connector);

}  // namespace reprise::runtime
