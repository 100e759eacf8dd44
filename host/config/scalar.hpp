#pragma once
#include <string>
#include <string_view>

#include "host/base/result.hpp"
#include "host/config/manifest.hpp"

namespace reprise::config {

/// A scalar of spec's type in the form a plugin gets: "5d" as "432000000". is_text: written in quotes, so a string and never a
/// number. The error says what was expected and what would be right, but not what stands there: that may be a secret.
/// REQUIRES: spec is neither an Object nor a List nor a Map.
Result<std::string> canonical(const OptionSpec& spec, std::string_view text, bool is_text);

/// "a duration such as 10s or 5m, at most 24h": what spec takes.
std::string expected(const OptionSpec& spec);

/// Is text a number by the grammar of JSON (RFC 8259, 6)?
bool is_json_number(std::string_view text);

/// Is text an integer in plain decimal, without leading zeros?
bool is_integer(std::string_view text);

/// Can type hold others?
bool is_container(OptionType type);

}  // namespace reprise::config
