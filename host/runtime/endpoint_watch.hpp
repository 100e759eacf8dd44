#pragma once
#include <reprise/plugin.h>

#include <string>
#include <string_view>

#include "host/runtime/endpoint_board.hpp"
#include "host/runtime/lanes.hpp"
#include "host/runtime/services.hpp"
#include "host/telemetry/rate_limit.hpp"

namespace reprise::runtime {

/// What a task says of its endpoints: a line when one begins to fail, when its first record goes to the dead letters, and when
/// it is well again; how many are in trouble; who they are. Owned by its task, on the shard's thread.
class EndpointWatch {
 public:
  EndpointWatch(std::string connector, std::uint32_t task, Services& services);
  ~EndpointWatch() { close(); }
  EndpointWatch(const EndpointWatch&) = delete;
  EndpointWatch& operator=(const EndpointWatch&) = delete;

  void failed(Endpoint& endpoint, std::string_view key, const reprise_error& error);
  void succeeded(Endpoint& endpoint, BootTime now);
  /// It had no records for a while, and goes as it is.
  void forgotten(const Endpoint& endpoint) { in_trouble_ -= endpoint.trouble != nullptr ? 1 : 0; }
  void dead_lettered(Endpoint& endpoint, std::string_view key);
  /// Once a second: gauges, health, and what the board shows.
  void show(const Lanes& lanes, BootTime now);
  /// The task ends: it has no endpoints any more.
  void close();

 private:
  /// From this share of the known endpoints in trouble on, the task is degraded.
  static constexpr double kDegradedShare = 0.10;

  std::string subject() const { return "connector/" + connector_ + "/" + std::to_string(task_) + "/endpoints"; }
  void show_health(std::uint64_t known, const TaskEndpoints& shown);

  const std::string connector_;
  const std::uint32_t task_;
  Services& services_;
  telemetry::Gauge& in_trouble_gauge_;
  telemetry::Gauge& blocking_gauge_;
  telemetry::RateLimit said_;
  std::uint64_t in_trouble_ = 0;
  bool is_degraded_ = false;
};

}  // namespace reprise::runtime
