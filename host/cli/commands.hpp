#pragma once
#include <string>
#include <vector>

namespace reprise::cli {

struct WorkerArguments {
  std::vector<std::string> files;
  std::string log_file, log_level, log_format;  ///< empty: as the files say
};

/// The verbs. Each returns an ExitCode and has said on stderr why it is not kOk.
int run_worker(const WorkerArguments& arguments);
int run_validate(const std::vector<std::string>& files);
int run_plugins(const std::vector<std::string>& files, bool is_json);
int run_version(bool is_json);

/// Sets the log up as the files and the command line say.
bool configure_log(const std::string& file_level, bool is_file_json, const WorkerArguments& arguments);

}  // namespace reprise::cli
