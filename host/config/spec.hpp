#pragma once
#include <string>

#include "host/config/manifest.hpp"
#include "host/config/value.hpp"

namespace reprise::config {

/// Whose schema is read: only the host's own may have options of type plugin.
enum class SchemaOwner { Plugin, Host };

/// The options of a schema ("options:" of a plugin.yaml) as an Object. Adds what is wrong to problems, with path in front.
OptionSpec read_schema(const Value& options, const std::string& path, SchemaOwner owner, Problems& problems);

}  // namespace reprise::config
