#pragma once
#include <string>
#include <string_view>

namespace reprise::telemetry {

/// text as a JSON string with its quotes. Control characters are escaped; bytes that are not UTF-8 become U+FFFD, so the
/// result is always valid.
std::string json_string(std::string_view text);
void append_json_string(std::string& out, std::string_view text);

bool is_utf8(std::string_view text);

/// text, or its longest prefix of whole characters that leaves room for "...", with that; at most max_bytes.
std::string cut_text(std::string_view text, std::size_t max_bytes);

}  // namespace reprise::telemetry
