#pragma once
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/check.hpp"
#include "host/config/config.hpp"
#include "host/config/manifest.hpp"
#include "host/config/secrets.hpp"

namespace reprise::config {

/// The manifest of a plugin, nullptr if there is none; then known_ids becomes the ids there are, for a suggestion. The
/// registry of host/plugin supplies it, from ELF sections, without running plugin code.
using ManifestLookup = std::function<const Manifest*(std::string_view id, std::vector<std::string>* known_ids)>;

/// A text and the name it has in locations.
struct Document {
  std::string origin, text;
};

/// The worker section alone: where the plugins are must be known before connectors can be read.
/// Throws ConfigError if a file is not YAML or the section is wrong, then with the problems of all sections but connectors. A
/// fault elsewhere alone is left to load.
WorkerConfig load_worker(std::span<const std::filesystem::path> files, SecretSource& secrets);

/// All files as one configuration. Sections may be spread over files; the same name twice is an error that names both places.
/// client_rule judges the properties below `client:`. Throws ConfigError with all problems of all files.
Config load(std::span<const std::filesystem::path> files, const ManifestLookup& manifests, SecretSource& secrets,
            const ClientRule& client_rule = {});

/// The same from texts in memory.
Config load(std::span<const Document> documents, const ManifestLookup& manifests, SecretSource& secrets,
            const ClientRule& client_rule = {});

}  // namespace reprise::config
