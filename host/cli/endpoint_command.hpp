#pragma once
#include <string>

#include "host/cli/ask_worker.hpp"

namespace reprise::cli {

struct EndpointArguments {
  WorkerPlace worker;
  std::string state, connector;
  int top = 20;
  bool is_json = false;
};

/// Adds `endpoint` with its verb `list`; returns it. Parsing fills arguments.
CLI::App* add_endpoint(CLI::App& app, EndpointArguments& arguments);

/// An ExitCode; what went wrong stands on stderr. Asks the worker, which must run.
int run_endpoint(const EndpointArguments& arguments);

}  // namespace reprise::cli
