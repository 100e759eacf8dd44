#pragma once
#include <string>

#include "host/config/manifest.hpp"

namespace reprise::documents {

/// The options of an Object as a Markdown table: name (nested ones dotted), type, default, what it does.
std::string option_table(const config::OptionSpec& options);

}  // namespace reprise::documents
