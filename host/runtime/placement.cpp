#include "host/runtime/placement.hpp"

#include "host/runtime/dead_letters.hpp"

namespace reprise::runtime {
namespace {

using Role = TaskHost::Role;

// What an instance of this role may have unsettled.
std::uint64_t records_at_once(Role role, std::uint64_t max_in_flight) {
  if (role == Role::Sink) return max_in_flight;
  return role == Role::DeadLetter ? DeadLetters::share_of(max_in_flight) : 0;
}

}  // namespace

plugin::Instance::Setup Placement::setup(const Services& services) const {
  return {.name = identity.instance,
          .data_dir = {},
          .max_in_flight_bytes = connector.max_in_flight_bytes,
          .max_in_flight_records = records_at_once(identity.role, static_cast<std::uint64_t>(connector.max_in_flight)),
          .outgoing = services.outgoing};
}

std::vector<Placement> placements_of(const config::ConnectorConfig& connector) {
  std::vector<Placement> all;
  const auto add = [&](const config::PluginUse& use, Role role, std::size_t index = 0) {
    all.push_back({connector, use, TaskHost::Identity::of(connector.name, use.plugin, role, index)});
  };
  add(connector.source, Role::Source);
  for (std::size_t i = 0; i < connector.transforms.size(); ++i) add(connector.transforms[i], Role::Transform, i);
  add(connector.sink, Role::Sink);
  if (connector.errors.dead_letter) add(*connector.errors.dead_letter, Role::DeadLetter);
  return all;
}

}  // namespace reprise::runtime
