#include "host/cli/ask_worker.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

#include "host/cli/answer_text.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/config/json.hpp"

namespace reprise::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto kAskDeadline = 20s;  // of one request; a new job's asks the broker
constexpr std::size_t kMaxAnswerBytes = 64u << 20;

int exit_code_of(unsigned status) {
  if (status == 400 || status == 404 || status == 409) return kConfiguration;
  return status == 503 ? kEnvironment : kRuntime;
}

}  // namespace

void add_worker_place(CLI::App* verb, WorkerPlace& place) {
  verb->add_option("FILE", place.files, "configuration files (YAML), read as one")->check(CLI::ExistingFile);
  verb->add_option("--socket", place.socket, "ask the worker with this control socket; needs no FILE");
  verb->add_option("--state-dir", place.state_dir,
                   "ask the worker with this state directory; needs no FILE; default: $REPRISE_STATE_DIR");
}

void refuse(int code, const std::string& message) { throw Refused{code, message}; }

int say(const Refused& refused, bool is_json) {
  std::cerr << "reprise: " << refused.message << '\n';
  if (is_json) {
    config::JsonWriter json;
    json.begin_object().member("exit_status", refused.code).member("error", refused.message).end_object();
    std::cout << json.text() << '\n';
  }
  return refused.code;
}

std::string socket_in(const std::string& state_dir) {
  return (std::filesystem::path(state_dir) / "control.sock").string();
}

std::string named_socket(const WorkerPlace& place) {
  if (!place.socket.empty()) return place.socket;
  if (!place.state_dir.empty()) return socket_in(place.state_dir);
  if (!place.files.empty()) return {};
  if (const char* const directory = std::getenv("REPRISE_STATE_DIR"); directory != nullptr && *directory != '\0')
    return socket_in(directory);
  refuse(kConfiguration, "which worker? Name its files (FILE...), --socket, --state-dir or REPRISE_STATE_DIR");
}

Answer ask_worker(const rest::Client& client, std::string_view method, const std::string& target,
                  const std::string& body, const std::string& gone) {
  auto response = client.request(method, target, body, kAskDeadline);
  if (!response && !gone.empty()) refuse(kEnvironment, "the worker has gone (" + response.error().kind + "); " + gone);
  if (!response) refuse(kEnvironment, response.error().message);
  auto value = config::parse_json(response->body, kMaxAnswerBytes);
  if (!value) refuse(kRuntime, "the worker's answer cannot be read: " + value.error().message);
  if (response->status >= 400) {
    const std::string message = member(*value, "message");
    refuse(exit_code_of(response->status),
           message.empty() ? "the worker answered with status " + std::to_string(response->status) : message);
  }
  return {std::move(response->body), *std::move(value)};
}

}  // namespace reprise::cli
