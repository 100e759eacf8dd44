#pragma once
#include <catch2/catch.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/plugin/instance.hpp"
#include "host/plugin/registry.hpp"
#include "tests/contract/recording_host.hpp"

namespace reprise::contract {

inline std::filesystem::path fault_directory(const std::string& name) {
  return std::filesystem::path(REPRISE_FAULT_DIR) / name;
}
inline std::filesystem::path fault_file(const std::string& name) { return fault_directory(name) / (name + ".so"); }
inline std::filesystem::path example_directory() { return REPRISE_EXAMPLE_DIR; }

inline std::unique_ptr<plugin::Registry> scan(const std::filesystem::path& directory) {
  const std::vector<std::filesystem::path> directories{directory};
  Result<std::unique_ptr<plugin::Registry>> registry = plugin::Registry::scan(directories);
  if (!registry) FAIL(registry.error().message);
  return std::move(*registry);
}

/// The one plugin of tests/plugins/<name>, or the error with which it is refused.
class LoadedFault {
 public:
  explicit LoadedFault(const std::string& name) : registry_(scan(fault_directory(name))) {
    const auto plugins = registry_->list();
    REQUIRE(plugins.size() == 1);
    result_ = registry_->load(plugins.front()->manifest.id);
  }
  bool ok() const { return result_.ok(); }
  std::string error() const { return ok() ? std::string() : result_.error().message; }
  const plugin::Loaded& operator*() const {
    if (!result_) FAIL(result_.error().message);
    return **result_;
  }

 private:
  std::unique_ptr<plugin::Registry> registry_;
  Result<const plugin::Loaded*> result_ = static_cast<const plugin::Loaded*>(nullptr);
};

inline Result<std::unique_ptr<plugin::Instance>> create(const plugin::Loaded& plugin, RecordingHost& host,
                                                        std::vector<config::Option> options = {}) {
  return plugin::Instance::create(
      plugin, host, {.name = "orders/sink", .data_dir = {}, .max_in_flight_bytes = 1024, .max_in_flight_records = 16},
      options);
}

/// A folder of its own that goes with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "reprise-contract-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) FAIL("mkdtemp");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace reprise::contract
