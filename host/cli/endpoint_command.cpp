#include "host/cli/endpoint_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "host/cli/exit_codes.hpp"
#include "host/cli/replay_text.hpp"
#include "host/config/json.hpp"
#include "host/config/load.hpp"
#include "host/config/problem.hpp"
#include "host/rest/client.hpp"

namespace reprise::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto kAskDeadline = 20s;
constexpr std::size_t kMaxAnswerBytes = 16u << 20;

std::string socket_in(const std::filesystem::path& directory) { return (directory / "control.sock").string(); }

/// Empty: nobody said which worker.
std::string socket_of(const EndpointArguments& arguments) {
  if (!arguments.socket.empty()) return arguments.socket;
  if (!arguments.state_dir.empty()) return socket_in(arguments.state_dir);
  if (!arguments.files.empty()) {
    config::SystemSecrets secrets;
    const std::vector<std::filesystem::path> files(arguments.files.begin(), arguments.files.end());
    return socket_in(config::load_worker(files, secrets).state_dir);
  }
  const char* const directory = std::getenv("REPRISE_STATE_DIR");
  return directory == nullptr || *directory == '\0' ? std::string() : socket_in(directory);
}

int refuse(int code, const std::string& message) {
  std::cerr << "reprise: " << message << '\n';
  return code;
}

std::string target_of(const EndpointArguments& arguments) {
  std::string target = "/endpoints?limit=" + std::to_string(arguments.top);
  if (!arguments.state.empty()) target += "&state=" + rest::percent_encode(arguments.state);
  if (!arguments.connector.empty()) target += "&connector=" + rest::percent_encode(arguments.connector);
  return target;
}

int list(const EndpointArguments& arguments) {
  const std::string socket = socket_of(arguments);
  if (socket.empty())
    return refuse(kConfiguration, "which worker? Name its files (FILE...), --socket, --state-dir or REPRISE_STATE_DIR");
  const auto response = rest::Client(socket).request("GET", target_of(arguments), {}, kAskDeadline);
  if (!response) return refuse(kEnvironment, response.error().message);
  const auto answer = config::parse_json(response->body, kMaxAnswerBytes);
  if (!answer) return refuse(kRuntime, "the worker's answer cannot be read: " + answer.error().message);
  if (response->status >= 400)
    return refuse(response->status == 400 ? kConfiguration : kRuntime, member(*answer, "message"));
  std::cout << (arguments.is_json ? response->body + "\n" : endpoint_table(*answer));
  return kOk;
}

/// "12 s", "3 m", "5 h"; empty for 0.
std::string duration_text(const std::string& seconds) {
  double value = 0;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
  if (value <= 0) return {};
  if (value < 120) return std::to_string(static_cast<long>(value)) + " s";
  if (value < 7200) return std::to_string(static_cast<long>(value / 60)) + " m";
  return std::to_string(static_cast<long>(value / 3600)) + " h";
}

}  // namespace

std::string endpoint_table(const config::Value& answer) {
  std::string out = member(answer, "in_trouble") + " of " + member(answer, "known") + " endpoints in trouble\n";
  const config::Value* const endpoints = answer.find("endpoints");
  if (endpoints == nullptr || endpoints->items.empty()) return out;
  std::vector<std::vector<std::string>> rows = {{"ENDPOINT", "STATE", "SINCE", "HELD", "OLDEST", "FAILURES",
                                                 "DEAD LETTERS", "CONNECTOR", "TASK", "LAST FAILURE"}};
  for (const config::Value& each : endpoints->items) {
    const std::string kind = member(each, "kind");
    rows.push_back({member(each, "endpoint"), member(each, "state"), duration_text(member(each, "seconds")),
                    member(each, "held_records"), duration_text(member(each, "oldest_waiting_seconds")),
                    member(each, "failures_in_a_row"), member(each, "dead_letters"), member(each, "connector"),
                    member(each, "task"), kind.empty() ? kind : kind + ": " + member(each, "reason")});
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column + 1 < row.size(); ++column) {
      std::size_t width = 0;
      for (const auto& other : rows) width = std::max(width, other[column].size());
      line += row[column] + std::string(width - row[column].size() + 2, ' ');
    }
    out += line + row.back() + '\n';
  }
  return out;
}

CLI::App* add_endpoint(CLI::App& app, EndpointArguments& arguments) {
  CLI::App* const endpoint = app.add_subcommand("endpoint", "look at the places that records go to");
  endpoint->require_subcommand(1);
  CLI::App* const list = endpoint->add_subcommand("list", "list the endpoints that hold up records, the worst first");
  list->add_option("--state", arguments.state,
                   "only these: trouble (fails), slow (late answers), waiting (rate limit, order)")
      ->check(CLI::IsMember({"trouble", "slow", "waiting"}));
  list->add_option("--connector", arguments.connector, "only this one's");
  list->add_option("--top", arguments.top, "at most so many (default 20)")->check(CLI::Range(1, 1000));
  list->add_flag("--json", arguments.is_json, "one JSON document on stdout");
  list->add_option("FILE", arguments.files, "configuration files (YAML), read as one")->check(CLI::ExistingFile);
  list->add_option("--socket", arguments.socket, "ask the worker with this control socket; needs no FILE");
  list->add_option("--state-dir", arguments.state_dir,
                   "ask the worker with this state directory; needs no FILE; default: $REPRISE_STATE_DIR");
  return endpoint;
}

int run_endpoint(const EndpointArguments& arguments) {
  try {
    return list(arguments);
  } catch (const config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return kConfiguration;
  }
}

}  // namespace reprise::cli
