#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/base/clock.hpp"
#include "host/plugin/registry.hpp"
#include "host/state/store.hpp"
#include "host/tables/tables.hpp"
#include "host/telemetry/health.hpp"
#include "host/telemetry/metrics.hpp"

namespace reprise::runtime {

class EndpointBoard;

/// What one worker has once, for everything that runs in it. Borrowed; the worker outlives all users.
struct Services {
  const Clock& clock;
  state::Store& store;
  plugin::Registry& plugins;
  tables::Tables& tables;
  telemetry::Metrics& metrics;
  telemetry::Health& health;
  std::vector<std::string> allow_cidrs;  ///< worker.outgoing.allow_cidrs
  std::vector<std::uint16_t> own_ports;  ///< of the worker's REST server; constant before anything runs
  EndpointBoard* endpoints = nullptr;    ///< where tasks show their endpoints; null: nobody looks
};

}  // namespace reprise::runtime
