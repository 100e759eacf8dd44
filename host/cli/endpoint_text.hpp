#pragma once
#include <string>

#include "host/config/value.hpp"

namespace reprise::cli {

/// What GET /endpoints answered, as a table.
std::string endpoint_table(const config::Value& answer);

}  // namespace reprise::cli
