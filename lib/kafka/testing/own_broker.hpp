#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace reprise::kafka::testing {

/// A broker of this test alone, started and stopped by ./dev in a folder that goes with it.
class OwnBroker {
 public:
  OwnBroker() {
    std::string pattern = (std::filesystem::temp_directory_path() / "reprise-broker.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    start();
  }
  ~OwnBroker() {
    try {
      stop();
    } catch (const std::exception&) {
      // Nothing more can be done here; ./dev ends what a run has left.
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  void start() { run("start"); }
  void stop() { run("kill"); }
  std::string bootstrap_servers() const {
    std::ifstream env(directory_ / "env");
    for (std::string line; std::getline(env, line);) {
      if (line.starts_with("KAFKA_BOOTSTRAP=")) return line.substr(line.find('=') + 1);
    }
    return {};
  }

 private:
  void run(const std::string& verb) {
    const std::string command =
        "'" REPRISE_DEV "' kafka " + verb + " --dir '" + directory_.string() + "' >/dev/null 2>&1";
    if (const int status = std::system(command.c_str()); status != 0)
      throw std::runtime_error("failed with " + std::to_string(status) + ": " + command);
  }
  std::filesystem::path directory_;
};

}  // namespace reprise::kafka::testing
