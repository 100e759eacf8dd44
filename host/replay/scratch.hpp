#pragma once
#include <memory>

#include "host/replay/counting_sink.hpp"
#include "host/runtime/services.hpp"
#include "host/state/store.hpp"

namespace reprise::replay {

/// What a dry run and a reading of one's own write to, and nobody else sees: state, metrics and health of their own, and a sink
/// that counts.
struct Scratch {
  explicit Scratch(const runtime::Services& real)
      : store(state::make_memory_store()),
        health(real.clock),
        services{.clock = real.clock,
                 .store = *store,
                 .plugins = real.plugins,
                 .tables = real.tables,
                 .metrics = metrics,
                 .health = health,
                 .outgoing = real.outgoing} {}

  std::unique_ptr<state::Store> store;
  telemetry::Metrics metrics;
  telemetry::Health health;
  runtime::Services services;
  CountingSink sink;
};

}  // namespace reprise::replay
