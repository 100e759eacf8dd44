#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "host/config/value.hpp"
#include "host/rest/client.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;
}

namespace reprise::cli {

/// Which worker a command asks. Who only talks to one needs to find it, and none of its configuration.
struct WorkerPlace {
  std::vector<std::string> files;  ///< its configuration
  std::string socket;              ///< or its control socket
  std::string state_dir;           ///< or the directory where that is
};

/// Adds FILE..., --socket and --state-dir to a verb. Parsing fills place.
void add_worker_place(CLI::App* verb, WorkerPlace& place);

/// A refusal: what to say, and the ExitCode that it means.
struct Refused {
  int code;
  std::string message;
};
[[noreturn]] void refuse(int code, const std::string& message);
/// One line on stderr; with --json one document on stdout as well, as everything that --json says. The code.
int say(const Refused& refused, bool is_json);

std::string socket_in(const std::string& state_dir);
/// The control socket that --socket, --state-dir or, without files, REPRISE_STATE_DIR names; empty: the files say where it is.
/// Throws Refused when nothing names a worker.
std::string named_socket(const WorkerPlace& place);

struct Answer {
  std::string json;
  config::Value value;
};

/// What the worker answers, within 20 s. Throws Refused if it refuses, or if there is none: `gone` says what that means then, if not empty.
Answer ask_worker(const rest::Client& client, std::string_view method, const std::string& target,
                  const std::string& body = {}, const std::string& gone = {});

}  // namespace reprise::cli
