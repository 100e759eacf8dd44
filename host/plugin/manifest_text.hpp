#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "host/base/result.hpp"
#include "host/config/manifest.hpp"
#include "host/plugin/checked_file.hpp"

namespace reprise::plugin {

/// A plugin's manifest as it stands in a file that speaks this host's interface, what the file exports beside the entry, and
/// the file.
struct ManifestText {
  std::string text;
  std::vector<std::string> extra_exports;  ///< sorted
  CheckedFile file;
};

/// The text of section .reprise_manifest, without dlopen and without running anything of it. The error (fatal, kind
/// "plugin.file") says "plugin NAME: ..." and what is wrong: not a shared library, truncated, built for another CPU, no
/// manifest; kind "plugin.abi": section .reprise_abi is missing or names another interface.
Result<ManifestText> read_manifest_text(const std::filesystem::path& file);

/// The same, parsed and checked. Kind "plugin.manifest" for a manifest that is wrong.
Result<config::Manifest> read_manifest(const std::filesystem::path& file);

}  // namespace reprise::plugin
