#include "host/cli/worker.hpp"

#include <algorithm>
#include <chrono>

#include "host/cli/changes.hpp"
#include "host/cli/version.hpp"
#include "host/config/load.hpp"
#include "host/config/table_file.hpp"
#include "host/rest/resources.hpp"
#include "host/rest/resources/endpoints.hpp"
#include "host/rest/resources/replays.hpp"
#include "host/runtime/judge.hpp"
#include "host/runtime/start_place.hpp"
#include "host/telemetry/limits.hpp"
#include "host/telemetry/log.hpp"
#include "lib/kafka/conf.hpp"

namespace reprise::cli {
namespace {
using namespace std::chrono_literals;

// Where a partition without progress begins is the runtime's question, whatever the source: so no plugin's schema can judge it.
void check_starts(const config::Config& config) {
  config::Problems problems;
  for (const config::ConnectorConfig& connector : config.connectors) {
    const std::string* const start = config::find(connector.source, "start");
    if (start == nullptr || connector.mode != config::ConnectorConfig::Mode::Live) continue;
    const auto place = runtime::parse_start(*start, SystemClock().wall_ms());
    if (place) continue;
    const config::Problem problem = config::refusal(connector.source, "start", place.error().message);
    problems.add(problem.where, problem.path, problem.message);
  }
  problems.throw_if_any();
}

config::Config read_files(const std::vector<std::filesystem::path>& files, const plugin::Registry& plugins) {
  config::SystemSecrets secrets;
  config::Config config = config::load(
      files, [&](std::string_view id, std::vector<std::string>* known) { return plugins.lookup(id, known); }, secrets,
      kafka::refuse_override);
  check_starts(config);
  return config;
}

void warn_of(const std::vector<config::Problem>& warnings) {
  for (const config::Problem& warning : warnings) telemetry::warn(config::format(warning), {{"kind", "config"}});
}

// Takes the rows out of table.
tables::Change replace_rows(tables::Tables& tables, config::TableConfig& table) {
  std::vector<tables::RowSource> rows;
  rows.reserve(table.rows.size());
  for (config::TableRow& row : table.rows) rows.push_back({std::move(row.key), std::move(row.json)});
  table.rows = {};
  const auto replaced = tables.replace(table.name, std::move(rows));
  if (replaced) return *replaced;
  telemetry::error(replaced.error().message, {{"kind", replaced.error().kind}, {"table", table.name}});
  return {};
}

}  // namespace

Result<std::unique_ptr<plugin::Registry>> scan_plugins(const config::WorkerConfig& worker) {
  auto plugins = plugin::Registry::scan(worker.plugin_path);
  if (plugins) return plugins;
  Error error = plugins.error();
  error.message = worker.mask.cover(error.message);
  return error;
}

Result<Loaded> load_configuration(const std::vector<std::filesystem::path>& files) {
  config::SystemSecrets secrets;
  const config::WorkerConfig worker = config::load_worker(files, secrets);
  auto plugins = scan_plugins(worker);
  if (!plugins) return plugins.error();
  for (const auto& problem : (*plugins)->problems()) {
    telemetry::warn("a file on plugin_path cannot be used", {{"kind", problem.error.kind},
                                                             {"file", worker.mask.cover(problem.path.string())},
                                                             {"reason", worker.mask.cover(problem.error.message)}});
  }
  for (const std::string& warning : (*plugins)->warnings())
    telemetry::warn(worker.mask.cover(warning), {{"kind", "plugin.exports"}});
  Loaded loaded;
  loaded.config = read_files(files, **plugins);
  loaded.plugins = *std::move(plugins);
  return loaded;
}

Worker::Worker(Options options, Loaded loaded)
    : options_(std::move(options)),
      config_(std::move(loaded.config)),
      plugins_(std::move(loaded.plugins)),
      health_(clock_),
      health_gauges_(health_, metrics_),
      readings_(clock_, metrics_, health_) {}

Worker::~Worker() { stop(clock_.boot() + 30s); }

Result<> Worker::start() {
  warn_of(config_.warnings);
  for (const telemetry::Finding& finding :
       telemetry::check_limits(config_.worker.state_dir.string(), clock_.wall_ms())) {
    if (finding.is_fatal) return fatal("environment", finding.subject + ": " + finding.message);
    telemetry::warn(finding.message, {{"kind", "environment"}, {"subject", finding.subject}});
  }
  if (auto opened = open_state(); !opened) return opened;
  fill_tables(config_);
  table_watch_.watch(config_.tables);
  services_ = std::make_unique<runtime::Services>(runtime::Services{.clock = clock_,
                                                                    .store = *store_,
                                                                    .plugins = *plugins_,
                                                                    .tables = tables_,
                                                                    .metrics = metrics_,
                                                                    .health = health_,
                                                                    .outgoing = config_.worker.outgoing,
                                                                    .endpoints = &endpoints_});
  services_->outgoing.machine = &machine_;
  if (auto looked = machine_.refresh(); !looked) {
    telemetry::warn(looked.error().message + "; webhooks may reach those that are public or in allow_cidrs",
                    {{"kind", looked.error().kind}});
  }
  scrape_ = metrics_.on_scrape([this] {
    metrics_.gauge("reprise_state_bytes", "Bytes of the state on disk, about.")
        .set(static_cast<double>(store_->size_bytes()));
  });
  for (int i = 0; i < config_.worker.shards; ++i) shards_.push_back(std::make_unique<runtime::Shard>(clock_));
  std::vector<runtime::Shard*> shards;
  for (const auto& shard : shards_) shards.push_back(shard.get());
  watchdog_ = std::make_unique<runtime::Watchdog>(shards, health_);
  replays_ = std::make_unique<replay::Replays>(*services_, shards);
  replays_->reload(config_.connectors);
  if (options_.has_live) judge(config_);
  if (auto serving = start_server(); !serving) return serving;
  if (options_.has_live) {
    for (const config::ConnectorConfig& connector : config_.connectors) start_connector(connector);
  }
  replays_->start(options_.has_live ? replay::Replays::Start::All : replay::Replays::Start::Asked);
  health_.set_started();
  return {};
}

void Worker::judge(const config::Config& config) {
  // Tables, metrics and health of its own: what is judged is not taken yet.
  tables::Tables tables;
  for (const auto& [name, table] : config.tables) static_cast<void>(tables.replace(name, {}));
  telemetry::Metrics metrics;
  telemetry::Health health(clock_);
  runtime::Services trial{.clock = clock_,
                          .store = *store_,
                          .plugins = *plugins_,
                          .tables = tables,
                          .metrics = metrics,
                          .health = health,
                          .outgoing = services_->outgoing};
  config::Problems problems;
  for (config::Problem& problem : runtime::judge_plugins(config.connectors, trial)) problems.add(std::move(problem));
  problems.throw_if_any();
}

Result<> Worker::open_state() {
  auto opened = state::RocksStore::open(
      config_.worker.state_dir,
      {.on_event = [this](const state::StoreEvent& event) { on_store_event(event); }, .clock = &clock_});
  if (!opened) return opened.error();
  store_ = *std::move(opened);
  return {};
}

void Worker::on_store_event(const state::StoreEvent& event) {
  using Kind = state::StoreEvent::Kind;
  switch (event.kind) {
    case Kind::Migrated:
      telemetry::info(event.message);
      break;
    case Kind::Healed:
      telemetry::info(event.message);
      health_.set("state", telemetry::HealthState::Up);
      break;
    case Kind::Trouble:
    case Kind::SetAside:
      telemetry::error(event.message, {{"kind", "store.trouble"}});
      health_.set("state", telemetry::HealthState::Degraded, event.message);
      break;
    case Kind::Damaged:
    case Kind::Lost:
      telemetry::error(event.message, {{"kind", "store.lost"}});
      health_.set("state", telemetry::HealthState::Down, event.message);
      break;
  }
}

rest::Router Worker::make_router() {
  rest::Router router;
  rest::add_root(router, [] { return rest::WorkerInfo{kVersion, kCommit, {}}; });
  rest::add_metrics(router, metrics_);
  rest::add_health(router, health_);
  rest::add_endpoints(router, endpoints_);
  rest::add_replays(router, *replays_);
  return router;
}

Result<> Worker::start_server() {
  rest::ServerOptions options;
  options.socket_path = control_socket().string();
  if (config_.rest.listen && options_.has_live)
    options.listen = config_.rest.listen->host + ":" + std::to_string(config_.rest.listen->port);
  server_ = std::make_unique<rest::Server>(make_router(), options);
  if (auto bound = server_->bind(); !bound) return bound;
  if (server_->port() != 0) services_->outgoing.own_ports = {server_->port()};  // before a handler or a task runs
  if (auto started = server_->start(); !started) return started;
  telemetry::info("answering", {{"socket", options.socket_path}, {"port", server_->port()}});
  return {};
}

void Worker::start_connector(const config::ConnectorConfig& connector) {
  if (connector.mode != config::ConnectorConfig::Mode::Live) return;
  std::vector<runtime::Shard*> shards;
  for (const auto& shard : shards_) shards.push_back(shard.get());
  connectors_.push_back(std::make_unique<runtime::Connector>(connector, *services_, shards));
  connectors_.back()->start();
}

std::map<std::string, tables::Change> Worker::fill_tables(config::Config& config) {
  std::map<std::string, tables::Change> changes;
  for (const std::string& name : tables_.names()) {
    if (!config.tables.contains(name)) changes[name] = tables_.remove(name);
  }
  for (auto& [name, table] : config.tables) changes[name] = replace_rows(tables_, table);
  return changes;
}

void Worker::reload() {
  config::Config next;
  try {
    next = read_files(options_.files, *plugins_);
    if (options_.has_live) judge(next);
  } catch (const config::ConfigError& error) {
    return readings_.refused(error);
  }
  warn_of(next.warnings);
  // Who runs on rows that were written for its successor may take them for wrong, for good.
  drain_changed(next);
  std::string changes = describe_changes(config_, next, fill_tables(next));
  for (const std::string& name : waiting_for_restart(config_, next)) changes += ", " + name + " waits for a restart";
  if (options_.has_live) start_missing(next);
  replays_->reload(next.connectors);
  config_.connectors = std::move(next.connectors);
  config_.tables = std::move(next.tables);
  config_.clusters = std::move(next.clusters);
  config_.worker.drain_deadline = next.worker.drain_deadline;
  table_watch_.watch(config_.tables);
  readings_.taken(changes);
}

void Worker::look_at_tables() {
  for (const std::string& name : table_watch_.changed()) take_table(config_.tables.at(name));
  tables_.free_unused();
}

void Worker::take_table(const config::TableConfig& table) {
  config::SystemSecrets secrets;
  try {
    config::TableReading next = config::read_again(table, secrets);
    warn_of(next.warnings);
    const std::size_t rows = next.table.rows.size();
    readings_.table_taken(table.name, replace_rows(tables_, next.table), rows);
  } catch (const config::ConfigError& error) {
    readings_.table_refused(table.name, error);
  }
}

// Connectors and jobs whose configuration is gone or changed are stopped. The same ones run on.
void Worker::drain_changed(const config::Config& next) {
  const BootTime deadline = clock_.boot() + config_.worker.drain_deadline;
  const auto is_kept = [&](const runtime::Connector& running) {
    const config::ConnectorConfig* const wanted = config::find_connector(next, running.config().name);
    return wanted != nullptr && wanted->mode == config::ConnectorConfig::Mode::Live &&
           wanted->fingerprint == running.config().fingerprint;
  };
  std::vector<std::unique_ptr<runtime::Connector>> leaving;
  std::erase_if(connectors_, [&](auto& running) {
    if (is_kept(*running)) return false;
    const config::ConnectorConfig* const wanted = config::find_connector(next, running->config().name);
    if (wanted != nullptr && wanted->cold_fingerprint == running->config().cold_fingerprint &&
        running->reconfigure(*wanted))
      return false;
    leaving.push_back(std::move(running));
    return true;
  });
  for (auto& connector : leaving) connector->request_stop(deadline);
  replays_->release_changed(next.connectors, deadline);
  for (auto& connector : leaving) {
    if (connector->wait_stopped(deadline + 5s)) continue;
    telemetry::error(
        "a connector does not stop: one of its plugins hangs; what replaces it starts with the worker's next life",
        {{"kind", "plugin.hangs"}, {"connector", connector->config().name}});
    connectors_.push_back(std::move(connector));
  }
}

void Worker::start_missing(const config::Config& next) {
  for (const config::ConnectorConfig& connector : next.connectors) {
    if (connector.mode != config::ConnectorConfig::Mode::Live) continue;  // the jobs' own; Replays judges them
    const bool is_running = std::any_of(connectors_.begin(), connectors_.end(),
                                        [&](const auto& running) { return running->config().name == connector.name; });
    if (!is_running) {
      start_connector(connector);
      telemetry::info("connector changed", {{"connector", connector.name}});
    }
  }
}

bool Worker::stop(BootTime deadline) {
  const BootTime last = deadline + 2s;  // for stopping plugins once everything has drained
  for (const auto& connector : connectors_) connector->request_stop(deadline);
  if (replays_) replays_->request_stop(deadline);
  bool is_clean = true;
  for (const auto& connector : connectors_) {
    if (connector->wait_stopped(last)) continue;
    const std::string blocked = watchdog_->blocked();  // a neighbour's plugin, perhaps
    telemetry::error("a connector does not stop in time",
                     {{"kind", "plugin.hangs"},
                      {"connector", connector->config().name},
                      {"reason", blocked.empty() ? std::string_view("one of its plugins hangs") : blocked}});
    is_clean = false;
  }
  if (replays_ && !replays_->wait_stopped(last)) {
    telemetry::error("a replay does not stop in time: one of its plugins hangs", {{"kind", "plugin.hangs"}});
    is_clean = false;
  }
  if (!is_clean) return false;
  if (server_) server_->stop();
  connectors_.clear();
  replays_.reset();
  server_.reset();
  watchdog_.reset();
  shards_.clear();
  scrape_ = {};
  services_.reset();
  store_.reset();
  return true;
}

}  // namespace reprise::cli
