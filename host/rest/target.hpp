#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::rest {

/// Decodes %XX, once. Empty when an escape is broken, or the result is not UTF-8 or holds control characters. `+` becomes
/// a blank only in a query. "%2f" is data: split paths before.
std::optional<std::string> percent_decode(std::string_view text, bool is_query);

/// "a=1&b=x%20y" decoded; a name without '=' has an empty value. Empty when something in it does not decode.
std::optional<std::map<std::string, std::string>> parse_query(std::string_view text);

}  // namespace reprise::rest
