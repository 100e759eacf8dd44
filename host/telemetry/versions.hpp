#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::telemetry {

/// Adds a library's run-time version for `reprise --version --json`; a later call with the same name replaces it.
/// Thread-safe.
void add_library_version(std::string_view name, std::string_view version);

/// Name and version, by name; holds the libraries of this module from the start.
std::vector<std::pair<std::string, std::string>> library_versions();

/// `{"librdkafka":"2.0.2","spdlog":"1.10.0"}`
std::string library_versions_json();

}  // namespace reprise::telemetry
