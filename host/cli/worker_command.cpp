#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "host/cli/commands.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/signals.hpp"
#include "host/cli/version.hpp"
#include "host/cli/worker.hpp"
#include "host/config/problem.hpp"
#include "host/plugin/crash_guard.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::cli {
namespace {

using namespace std::chrono_literals;

int exit_code_of(const Error& error) {
  return error.kind.starts_with("config") || error.kind.starts_with("plugin") ? kConfiguration : kEnvironment;
}

void reload(Worker& worker) {
  if (auto reopened = telemetry::reopen_log(); !reopened)
    telemetry::warn(reopened.error().message, {{"kind", reopened.error().kind}});
  worker.reload();
}

// Returns when the worker has stopped, or ends the process if a plugin does not let it.
void stop_in_time(Worker& worker) {
  telemetry::info("draining", {{"deadline_ms", worker.settings().drain_deadline.count()}});
  const LeaveAtOnce second_signal;
  if (!worker.stop(worker.clock().boot() + worker.settings().drain_deadline)) {
    telemetry::error("leaving at once: every outcome is on disk, what was under way will be delivered again",
                     {{"kind", "worker.left_at_once"}});
    telemetry::shutdown_log();
    _exit(kRuntime);
  }
}

}  // namespace

bool configure_log(const std::string& file_level, bool is_file_json, const WorkerArguments& arguments) {
  telemetry::LogOptions options;
  const std::string level = arguments.log_level.empty() ? file_level : arguments.log_level;
  options.level = telemetry::parse_level(level).value_or(telemetry::Level::Info);
  options.format = is_file_json ? telemetry::LogFormat::Json : telemetry::LogFormat::Text;
  if (const auto format = telemetry::parse_log_format(arguments.log_format)) options.format = *format;
  options.file = arguments.log_file;
  const auto configured = telemetry::configure_log(options);
  if (!configured) std::cerr << "reprise: " << configured.error().message << '\n';
  return configured.ok();
}

int run_worker(const WorkerArguments& arguments) {
  const Signals signals;
  plugin::install_crash_guard();
  const std::vector<std::filesystem::path> files(arguments.files.begin(), arguments.files.end());
  std::unique_ptr<Worker> worker;
  try {
    auto loaded = load_configuration(files);
    if (!loaded) {
      std::cerr << "reprise: " << loaded.error().message << '\n';
      return exit_code_of(loaded.error());
    }
    const config::WorkerConfig& settings = loaded->config.worker;
    if (!configure_log(settings.log_level, settings.log_json, arguments)) return kEnvironment;
    worker = std::make_unique<Worker>(Worker::Options{.files = files}, *std::move(loaded));
  } catch (const config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return kConfiguration;
  }
  telemetry::info("worker starts", {{"worker", worker->settings().id},
                                    {"version", std::string_view(kVersion)},
                                    {"commit", std::string_view(kCommit)},
                                    {"pid", getpid()}});
  try {
    if (auto started = worker->start(); !started) {
      telemetry::error(started.error().message, {{"kind", started.error().kind}});
      telemetry::shutdown_log();
      return exit_code_of(started.error());
    }
  } catch (const config::ConfigError& error) {
    worker.reset();
    telemetry::shutdown_log();
    std::cerr << error.what() << '\n';
    return kConfiguration;
  }
  while (true) {
    const auto signal = signals.wait(1s);
    if (!signal) {
      worker->look_at_tables();
    } else if (*signal == SIGHUP) {
      reload(*worker);
    } else {
      break;
    }
  }
  stop_in_time(*worker);
  telemetry::info("worker ended");
  telemetry::shutdown_log();
  return kOk;
}

}  // namespace reprise::cli
