#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/machine_addresses.hpp"
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/cli/readings.hpp"
#include "host/cli/table_watch.hpp"
#include "host/config/config.hpp"
#include "host/config/problem.hpp"
#include "host/plugin/registry.hpp"
#include "host/replay/replays.hpp"
#include "host/rest/server.hpp"
#include "host/runtime/connector.hpp"
#include "host/runtime/endpoint_board.hpp"
#include "host/runtime/services.hpp"
#include "host/runtime/shard.hpp"
#include "host/runtime/watchdog.hpp"
#include "host/state/rocks_store.hpp"
#include "host/tables/tables.hpp"
#include "host/telemetry/health.hpp"
#include "host/telemetry/health_gauges.hpp"
#include "host/telemetry/metrics.hpp"

namespace reprise::cli {

/// The plugins on the worker's plugin_path. The error shows no value that must not be shown.
Result<std::unique_ptr<plugin::Registry>> scan_plugins(const config::WorkerConfig& worker);

/// The files as a configuration, with the registry that their plugin_path names. Throws config::ConfigError; errors of the
/// environment come as a Result.
struct Loaded {
  config::Config config;
  std::unique_ptr<plugin::Registry> plugins;
};
Result<Loaded> load_configuration(const std::vector<std::filesystem::path>& files);

/// One worker: everything that runs in a process, wired together. start() and stop() from one thread.
class Worker {
 public:
  struct Options {
    std::vector<std::filesystem::path> files;  ///< read again by reload()
    bool has_live = true;                      ///< false: jobs only (a replay in the foreground)
  };

  Worker(Options options, Loaded loaded);
  ~Worker();

  /// Opens the state, starts connectors, jobs and server. On failure nothing is left running. Throws config::ConfigError for
  /// what only a plugin's own code can judge.
  Result<> start();
  /// The files again: unchanged connectors are not touched. Secrets and certificates are read anew. The log says what changed,
  /// with the settings that wait for a restart, or why nothing has; then health and metrics say so too until a reload is taken.
  void reload();
  /// Takes over files of tables that have changed, as reload() does, but for those tables alone; frees what they held before.
  /// To be called about once a second.
  void look_at_tables();
  /// Drains until the deadline, closes the state. False: something hangs (a plugin's stop); the state is safe, and the
  /// process has to leave at once.
  bool stop(BootTime deadline);

  const Clock& clock() const { return clock_; }
  const config::WorkerConfig& settings() const { return config_.worker; }
  std::filesystem::path control_socket() const { return config_.worker.state_dir / "control.sock"; }
  std::uint16_t port() const { return server_ ? server_->port() : std::uint16_t{0}; }
  replay::Replays& replays() { return *replays_; }

 private:
  /// Has every plugin judge its options. Throws config::ConfigError with all that they refuse.
  void judge(const config::Config& config);
  Result<> open_state();
  Result<> start_server();
  void start_connector(const config::ConnectorConfig& connector);
  void drain_changed(const config::Config& next);
  void start_missing(const config::Config& next);
  /// Moves the rows out of the configuration. How the tables differ from what they held.
  std::map<std::string, tables::Change> fill_tables(config::Config& config);
  void take_table(const config::TableConfig& table);
  void on_store_event(const state::StoreEvent& event);
  rest::Router make_router();

  const Options options_;
  SystemClock clock_;
  MachineAddresses machine_{clock_};
  config::Config config_;
  std::unique_ptr<plugin::Registry> plugins_;
  telemetry::Metrics metrics_;
  telemetry::Health health_;
  telemetry::HealthGauges health_gauges_;
  telemetry::Metrics::Hook scrape_;
  Readings readings_;
  tables::Tables tables_;
  TableWatch table_watch_;
  runtime::EndpointBoard endpoints_;
  std::unique_ptr<state::RocksStore> store_;
  std::unique_ptr<runtime::Services> services_;
  std::vector<std::unique_ptr<runtime::Shard>> shards_;
  std::unique_ptr<runtime::Watchdog> watchdog_;
  std::vector<std::unique_ptr<runtime::Connector>> connectors_;
  std::unique_ptr<replay::Replays> replays_;
  std::unique_ptr<rest::Server> server_;
};

}  // namespace reprise::cli
