#pragma once
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;
}

namespace reprise::cli {

/// The first option of the command line that its verb does not have, as a line to show; empty: there is none. Said before what
/// the parser says, which takes the option's value for something else.
std::string find_unknown_option(const CLI::App& app, int argc, const char* const* argv);

}  // namespace reprise::cli
