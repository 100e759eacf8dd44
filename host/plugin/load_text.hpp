#pragma once
#include <span>
#include <string>
#include <string_view>

namespace reprise::plugin {

/// The one symbol that a plugin exports.
inline constexpr const char* kEntrySymbol = "reprise_plugin_entry";

/// What dlopen said about the file, in words that say what to do: "needs symbol S that this host does not provide",
/// "needs libY.so.3 (not installed)".
std::string explain_dlerror(std::string_view text, std::string_view file);

/// What a plugin exports beside its entry, why that may hurt, and the way out. REQUIRES: not empty.
std::string explain_exports(std::span<const std::string> extra);

}  // namespace reprise::plugin
