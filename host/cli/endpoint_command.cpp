#include "host/cli/endpoint_command.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "host/cli/endpoint_text.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/config/load.hpp"
#include "host/config/problem.hpp"

namespace reprise::cli {
namespace {

std::string socket_of(const WorkerPlace& place) {
  if (std::string socket = named_socket(place); !socket.empty()) return socket;
  config::SystemSecrets secrets;
  const std::vector<std::filesystem::path> files(place.files.begin(), place.files.end());
  return socket_in(config::load_worker(files, secrets).state_dir);
}

std::string target_of(const EndpointArguments& arguments) {
  std::string target = "/endpoints?limit=" + std::to_string(arguments.top);
  if (!arguments.state.empty()) target += "&state=" + rest::percent_encode(arguments.state);
  if (!arguments.connector.empty()) target += "&connector=" + rest::percent_encode(arguments.connector);
  return target;
}

}  // namespace

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
  add_worker_place(list, arguments.worker);
  return endpoint;
}

int run_endpoint(const EndpointArguments& arguments) {
  try {
    const Answer answer = ask_worker(rest::Client(socket_of(arguments.worker)), "GET", target_of(arguments));
    std::cout << (arguments.is_json ? answer.json + "\n" : endpoint_table(answer.value));
    return kOk;
  } catch (const Refused& refused) {
    return say(refused, arguments.is_json);
  } catch (const config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return kConfiguration;
  }
}

}  // namespace reprise::cli
