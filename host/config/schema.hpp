#pragma once
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/manifest.hpp"
#include "host/config/options.hpp"

namespace reprise::config {

// The host's own sections, in the words of a plugin's option schema: one checker, one place for defaults.
const OptionSpec& worker_schema();
const OptionSpec& rest_schema();
const OptionSpec& coordination_schema();
const OptionSpec& cluster_schema();
const OptionSpec& connector_schema();
/// Of a table whose rows stand in a file.
const OptionSpec& table_schema();

/// Reads typed fields out of checked options. A field stays as it is where its option is missing (not set, or refused).
class Fields {
 public:
  explicit Fields(const std::vector<Option>& options) : options_(options) {}

  const Option* find(std::string_view name) const;
  void read(std::string_view name, std::string& out) const;
  void read(std::string_view name, bool& out) const;
  void read(std::string_view name, double& out) const;
  void read(std::string_view name, int& out) const;
  void read(std::string_view name, std::uint64_t& out) const;
  void read(std::string_view name, std::chrono::milliseconds& out) const;
  /// The elements of a list of scalars.
  std::vector<const Option*> list(std::string_view name) const;

 private:
  const std::vector<Option>& options_;
};

}  // namespace reprise::config
