#pragma once
#include <string>

#include "host/config/config.hpp"

namespace reprise::config {

/// SHA-256, in hex, of all that connector says; without hot options if with_hot is false. Places do not count.
std::string fingerprint(const ConnectorConfig& connector, bool with_hot);

}  // namespace reprise::config
