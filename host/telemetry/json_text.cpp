#include "host/telemetry/json_text.hpp"

#include "host/base/utf8.hpp"

namespace reprise::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHex = "0123456789abcdef";

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

}  // namespace

bool is_utf8(std::string_view text) { return find_invalid_utf8(text) == std::string_view::npos; }

std::string cut_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  constexpr std::string_view kDots = "...";
  std::size_t end = max_bytes > kDots.size() ? max_bytes - kDots.size() : 0;
  while (end > 0 && (byte_at(text, end) & 0xC0) == 0x80) --end;
  std::string cut(text.substr(0, end));
  cut += kDots.substr(0, max_bytes);
  return cut;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char c = text.front();
    const Utf8Character character = decode_utf8(text, 0);
    const std::size_t length = character.size;
    if (length == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (is_unprintable(character.code)) {
      // JSON would take most of these as they are; a terminal that shows the line would act on them.
      out += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(character.code >> shift) & 0xF];
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_json_string(out, text);
  return out;
}

}  // namespace reprise::telemetry
