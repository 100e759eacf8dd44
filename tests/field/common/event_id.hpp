#pragma once

#include <string_view>

namespace field {

/// The value of `"event_id":"..."` in an event of field_generator, "-" when there is none. A plain search is enough:
/// the generator escapes nothing and writes the name once.
inline std::string_view event_id_of(std::string_view body) {
  static constexpr std::string_view kName = "\"event_id\":\"";
  const auto start = body.find(kName);
  if (start == std::string_view::npos) return "-";
  const auto from = start + kName.size();
  const auto end = body.find('"', from);
  if (end == std::string_view::npos || end - from > 64) return "-";
  return body.substr(from, end - from);
}

}  // namespace field
