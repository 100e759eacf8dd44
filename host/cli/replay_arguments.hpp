#pragma once
#include <string>

#include "host/cli/ask_worker.hpp"

namespace reprise::cli {

struct ReplayArguments {
  enum class Verb { Run, List, Show, Pause, Cancel, Resume };
  Verb verb = Verb::List;
  WorkerPlace worker;
  std::string connector, key, from, to, partition = "key", proof = "range";
  std::string id;     ///< of the job, for all but run and list
  std::string state;  ///< list: only these
  bool is_dry_run = false;
  bool is_json = false;   ///< one document on stdout, at the end
  bool is_local = false;  ///< times in the machine's zone
};

/// Adds `replay` with its verbs; returns it. Parsing fills arguments.
CLI::App* add_replay(CLI::App& app, ReplayArguments& arguments);

/// An ExitCode; what went wrong stands on stderr. Asks the worker behind the socket that is named. With files it asks the worker that
/// holds their state directory, or does it here if there is none.
int run_replay(const ReplayArguments& arguments);

}  // namespace reprise::cli
