#pragma once
#include <string>
#include <vector>

#include "host/config/value.hpp"

namespace CLI {
class App;
}

namespace reprise::cli {

struct EndpointArguments {
  std::vector<std::string> files;
  std::string socket;     ///< of the worker to ask, instead of files
  std::string state_dir;  ///< or the directory where its socket is
  std::string state, connector;
  int top = 20;
  bool is_json = false;
};

/// Adds `endpoint` with its verb `list`; returns it. Parsing fills arguments.
CLI::App* add_endpoint(CLI::App& app, EndpointArguments& arguments);

/// An ExitCode; what went wrong stands on stderr. Asks the worker, which must run.
int run_endpoint(const EndpointArguments& arguments);

/// What GET /endpoints answered, as a table.
std::string endpoint_table(const config::Value& answer);

}  // namespace reprise::cli
