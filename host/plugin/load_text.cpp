#include "host/plugin/load_text.hpp"

#include <algorithm>

#include "host/base/text.hpp"

namespace reprise::plugin {

std::string explain_dlerror(std::string_view text, std::string_view file) {
  // glibc's forms: "FILE: undefined symbol: S", "libY.so.3: cannot open shared object file: No such file or directory".
  constexpr std::string_view kUndefined = "undefined symbol: ";
  if (const std::size_t at = text.find(kUndefined); at != std::string_view::npos) {
    std::string_view symbol = text.substr(at + kUndefined.size());
    symbol = symbol.substr(0, symbol.find_first_of(" \t,("));
    return "needs symbol " + std::string(symbol) + " that this host does not provide";
  }
  constexpr std::string_view kMissing = ": cannot open shared object file";
  if (const std::size_t at = text.find(kMissing); at != std::string_view::npos && !text.starts_with(file)) {
    return "needs " + std::string(text.substr(0, at)) + " (not installed)";
  }
  if (text.starts_with(file)) text.remove_prefix(file.size());
  if (text.starts_with(": ")) text.remove_prefix(2);
  return "cannot be loaded: " + std::string(text);
}

std::string explain_exports(std::span<const std::string> extra) {
  constexpr std::size_t kNamed = 5;
  std::string names;
  for (const std::string& name : extra.first(std::min(extra.size(), kNamed)))
    names += (names.empty() ? "" : ", ") + quoted(name, 64);
  if (extra.size() > kNamed) names += ", ...";
  return "exports " + std::to_string(extra.size()) + (extra.size() == 1 ? " symbol" : " symbols") + " beside " +
         kEntrySymbol + " (" + names +
         "); its own calls may end in another library's symbol of that name: link it with a version script, as "
         "reprise_add_plugin does";
}

}  // namespace reprise::plugin
