#include "host/runtime/start_place.hpp"

#include <charconv>

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"

namespace reprise::runtime {

Result<StartPlace> parse_start(std::string_view text, std::int64_t now_ms) {
  if (text == "earliest") return StartPlace{StartPlace::Kind::Earliest, -1};
  if (text == "latest") return StartPlace{StartPlace::Kind::Latest, -1};
  if (text.starts_with("offset ")) {
    const std::string_view number = text.substr(7);
    std::int64_t offset = -1;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), offset);
    if (error == std::errc() && end == number.data() + number.size() && offset >= 0)
      return StartPlace{StartPlace::Kind::Offset, offset};
  }
  auto time = parse_time(text, now_ms);
  if (time) return StartPlace{StartPlace::Kind::Time, *time};
  return permanent(
      "config.start",
      quoted(text) + " is none of earliest, latest, a time (2026-11-20T10:00:00Z, now-2h) and an offset (offset 1200)");
}

}  // namespace reprise::runtime
