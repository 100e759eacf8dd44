#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "host/base/text.hpp"
#include "host/cli/answer_text.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/replay_arguments.hpp"
#include "host/cli/replay_text.hpp"
#include "host/cli/signals.hpp"
#include "host/cli/worker.hpp"
#include "host/config/json.hpp"
#include "host/config/problem.hpp"
#include "host/plugin/crash_guard.hpp"
#include "host/rest/client.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::cli {
namespace {

using namespace std::chrono_literals;
using config::Value;
using Verb = ReplayArguments::Verb;

constexpr auto kLook = 250ms;    // between two looks at a job
constexpr auto kPlainLine = 2s;  // between two lines where no terminal is
constexpr int kBarWidth = 30;

int exit_code_of(const Error& error) {
  return error.kind.starts_with("config") || error.kind.starts_with("plugin") ? kConfiguration : kEnvironment;
}

/// One verb at work: a worker answers it, the one that runs or one of our own.
class ReplayCommand {
 public:
  ReplayCommand(const ReplayArguments& arguments, const Signals& signals, std::string socket)
      : arguments_(arguments),
        signals_(signals),
        client_(std::move(socket)),
        is_terminal_(isatty(STDOUT_FILENO) == 1 && !arguments.is_json) {}

  int run() {
    switch (arguments_.verb) {
      case Verb::Run:
        return follow(start());
      case Verb::Resume:
        ask("POST", job_target("/resume"), {});
        return follow(arguments_.id);
      case Verb::List:
        return list();
      case Verb::Show:
        return print(ask("GET", job_target(""), {}));
      case Verb::Pause:
        return print(ask("POST", job_target("/pause"), {}));
      case Verb::Cancel:
        return print(ask("POST", job_target("/cancel"), {}));
    }
    return kRuntime;
  }

 private:
  std::string job_target(const std::string& verb) const {
    return "/replays/" + rest::percent_encode(arguments_.id) + verb;
  }

  // kept: the job that goes on even if the worker is gone.
  Answer ask(std::string_view method, const std::string& target, const std::string& body,
             const std::string& kept = {}) const {
    return ask_worker(client_, method, target, body,
                      kept.empty() ? kept : "job " + kept + " is kept, and goes on when a worker starts again");
  }

  std::string start() const {
    config::JsonWriter json;
    json.begin_object().member("key", arguments_.key).member("from", arguments_.from).member("to", arguments_.to);
    if (!arguments_.connector.empty()) json.member("connector", arguments_.connector);
    json.member("partition", arguments_.partition).member("dry_run", arguments_.is_dry_run);
    json.member("proof", arguments_.proof).end_object();
    const Answer job = ask("POST", "/replays", json.text());
    std::ostream& out = arguments_.is_json ? std::cerr : std::cout;
    out << "job " << member(job.value, "id") << std::endl;
    return member(job.value, "id");
  }

  int list() const {
    std::string target = "/replays";
    char separator = '?';
    const auto add = [&](const char* name, const std::string& value) {
      if (value.empty()) return;
      target += separator + std::string(name) + "=" + rest::percent_encode(value);
      separator = '&';
    };
    add("state", arguments_.state);
    add("connector", arguments_.connector);
    const Answer jobs = ask("GET", target, {});
    std::cout << (arguments_.is_json ? jobs.json + "\n" : job_table(jobs.value, arguments_.is_local));
    return kOk;
  }

  int print(const Answer& job) const {
    std::cout << (arguments_.is_json ? job.json + "\n" : job_text(job.value, arguments_.is_local));
    return kOk;
  }

  // Until the job has ended or is paused; a signal pauses it.
  int follow(const std::string& id) {
    const std::string target = "/replays/" + rest::percent_encode(id);
    auto next_line = std::chrono::steady_clock::now();
    while (true) {
      const Answer job = ask("GET", target, {}, id);
      const std::string state = member(job.value, "state");
      const bool is_over = state == "COMPLETED" || state == "FAILED" || state == "CANCELLED";
      const bool is_paused = member(job.value, "paused") == "true" && !is_running(job.value);
      if (is_over || is_paused) return finish(job, is_paused);
      if (is_terminal_) {
        // One line, also where the terminal is narrow: what does not fit is cut, not wrapped.
        std::cout << "\r\033[K\033[?7l" << progress_bar(job.value, kBarWidth) << "\033[?7h" << std::flush;
      } else if (!arguments_.is_json && std::chrono::steady_clock::now() >= next_line) {
        std::cout << progress_line(job.value) << std::endl;
        next_line = std::chrono::steady_clock::now() + kPlainLine;
      }
      const auto signal = signals_.wait(kLook);
      if (signal && *signal != SIGHUP && !is_pausing_) {
        is_pausing_ = true;
        ask("POST", target + "/pause", {}, id);
      }
    }
  }

  static bool is_running(const Value& job) {
    const Value* const progress = job.find("progress");
    return progress != nullptr && member(*progress, "running") == "true";
  }

  int finish(const Answer& job, bool is_paused) const {
    if (is_terminal_) std::cout << "\r\033[K";
    print(job);
    if (is_paused) {
      std::ostream& out = arguments_.is_json ? std::cerr : std::cout;
      out << "paused; nothing is lost. To go on:\n  reprise replay resume " << member(job.value, "id");
      if (!arguments_.worker.socket.empty()) out << " --socket " << arguments_.worker.socket;
      if (!arguments_.worker.state_dir.empty()) out << " --state-dir " << arguments_.worker.state_dir;
      for (const std::string& file : arguments_.worker.files) out << ' ' << file;
      out << std::endl;
      return kRuntime;
    }
    if (const std::string error = member(job.value, "error"); !error.empty()) std::cerr << "reprise: " << error << '\n';
    return member(job.value, "outcome") == "complete" ? kOk : kRuntime;
  }

  const ReplayArguments& arguments_;
  const Signals& signals_;
  const rest::Client client_;
  const bool is_terminal_;
  bool is_pausing_ = false;
};

bool is_worker_there(const std::string& socket) {
  const auto response = rest::Client(socket).request("GET", "/", {}, 5s);
  return response || (response.error().kind != "control.absent" && response.error().kind != "control.refused");
}

// Nobody holds the state directory: this process does, for as long as the verb takes, with the jobs that it names and no others.
int run_with_own_worker(const ReplayArguments& arguments, const Signals& signals, Loaded loaded) {
  const config::WorkerConfig settings = loaded.config.worker;
  const bool is_looking = arguments.verb != Verb::Run;
  if (is_looking && !std::filesystem::exists(settings.state_dir)) {
    refuse(kEnvironment,
           "worker.state_dir " + settings.state_dir.string() + " does not exist: no worker ever ran with it");
  }
  WorkerArguments log;
  log.log_level = "warn";
  if (!configure_log(settings.log_level, settings.log_json, log)) return kEnvironment;
  const std::vector<std::filesystem::path> files(arguments.worker.files.begin(), arguments.worker.files.end());
  Worker worker({.files = files, .has_live = false}, std::move(loaded));
  if (auto started = worker.start(); !started) refuse(exit_code_of(started.error()), started.error().message);
  int code = kRuntime;
  try {
    code = ReplayCommand(arguments, signals, worker.control_socket().string()).run();
  } catch (const Refused& refused) {
    code = say(refused, arguments.is_json);
  }
  if (!worker.stop(worker.clock().boot() + settings.drain_deadline)) {
    telemetry::shutdown_log();
    std::cout.flush();
    _exit(kRuntime);
  }
  return code;
}

}  // namespace

int run_replay(const ReplayArguments& arguments) {
  const Signals signals;
  plugin::install_crash_guard();
  const std::vector<std::filesystem::path> files(arguments.worker.files.begin(), arguments.worker.files.end());
  int code = kRuntime;
  try {
    if (const std::string socket = named_socket(arguments.worker); !socket.empty())
      return ReplayCommand(arguments, signals, socket).run();
    auto loaded = load_configuration(files);
    if (!loaded) refuse(exit_code_of(loaded.error()), loaded.error().message);
    const std::string socket = socket_in(loaded->config.worker.state_dir);
    code = is_worker_there(socket) ? ReplayCommand(arguments, signals, socket).run()
                                   : run_with_own_worker(arguments, signals, *std::move(loaded));
  } catch (const Refused& refused) {
    code = say(refused, arguments.is_json);
  } catch (const config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    code = kConfiguration;
  }
  telemetry::shutdown_log();
  return code;
}

}  // namespace reprise::cli
