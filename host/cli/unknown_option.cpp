#include "host/cli/unknown_option.hpp"

#include <CLI/CLI.hpp>

#include "host/base/text.hpp"

namespace reprise::cli {

std::string find_unknown_option(const CLI::App& app, int argc, const char* const* argv) {
  const CLI::App* verb = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--") return {};
    if (!argument.starts_with("--")) {
      const auto named = verb->get_subcommands([&](const CLI::App* each) { return each->get_name() == argument; });
      if (!named.empty()) verb = named.front();
      continue;
    }
    const std::string name(argument.substr(0, argument.find('=')));
    if (verb->get_option_no_throw(name) != nullptr) continue;
    std::vector<std::string> known;
    for (const CLI::Option* const option : verb->get_options()) {
      for (const std::string& each : option->get_lnames()) known.push_back("--" + each);
    }
    const std::vector<std::string_view> names(known.begin(), known.end());
    const std::string_view near = nearest(name, names);
    return "unknown option " + quoted(name) + (near.empty() ? std::string() : " (did you mean " + quoted(near) + "?)");
  }
  return {};
}

}  // namespace reprise::cli
