#pragma once
#include "host/base/address_check.hpp"
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
  OutgoingRules outgoing = {};         ///< constant before anything runs
  EndpointBoard* endpoints = nullptr;  ///< where tasks show their endpoints; null: nobody looks
};

}  // namespace reprise::runtime
