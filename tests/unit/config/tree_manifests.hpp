#pragma once
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/config/support.hpp"

namespace reprise::config::test {

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The plugins of this tree, as a registry would know them.
inline std::map<std::string, Manifest> manifests_of_tree() {
  std::map<std::string, Manifest> manifests;
  for (const auto& folder :
       std::filesystem::directory_iterator(std::filesystem::path(REPRISE_SOURCE_DIR) / "plugins")) {
    const auto file = folder.path() / "plugin.yaml";
    if (!std::filesystem::exists(file)) continue;
    Manifest manifest = parse_manifest(content_of(file), file.string());
    CHECK(manifest.id == folder.path().filename());
    manifests.emplace(manifest.id, std::move(manifest));
  }
  return manifests;
}

/// The same and, for what is not there, the test's own plugins.
inline ManifestLookup lookup_in_tree() {
  static const auto manifests = manifests_of_tree();
  return [](std::string_view id, std::vector<std::string>* known) -> const Manifest* {
    const auto it = manifests.find(std::string(id));
    if (it != manifests.end()) return &it->second;
    for (const auto& [name, manifest] : manifests) known->push_back(name);
    return test_lookup()(id, known);
  };
}

}  // namespace reprise::config::test
