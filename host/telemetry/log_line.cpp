#include "host/telemetry/log_line.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "host/base/utf8.hpp"
#include "host/telemetry/json_text.hpp"

namespace reprise::telemetry {
namespace {

// Always with milliseconds, so that lines align and sort as text.
std::string timestamp(std::int64_t wall_ms) {
  std::int64_t seconds = wall_ms / 1000;
  std::int64_t ms = wall_ms % 1000;
  if (ms < 0) {
    ms += 1000;
    --seconds;
  }
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return "0000-00-00T00:00:00.000Z";
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(ms));
  return std::string(text.data(), length) + fraction.data();
}

std::string_view padded(Level level) {
  switch (level) {
    case Level::Debug:
      return "DEBUG";
    case Level::Info:
      return "INFO ";
    case Level::Warn:
      return "WARN ";
    case Level::Error:
      return "ERROR";
  }
  return "ERROR";
}

std::string_view lower(Level level) {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warn:
      return "warn";
    case Level::Error:
      return "error";
  }
  return "error";
}

// A message is shown as it is, but it must stay one line and must not steer a terminal or reorder what is around it.
void append_escaped(std::string& out, std::string_view text, bool is_quoted) {
  constexpr std::string_view kHex = "0123456789abcdef";
  while (!text.empty()) {
    const Utf8Character character = decode_utf8(text, 0);
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    const char first = text.front();
    if (first == '\n') {
      out += "\\n";
    } else if (first == '\t') {
      out += "\\t";
    } else if (first == '\r') {
      out += "\\r";
    } else if (character.size == 0 || is_unprintable(character.code)) {
      for (const char c : text.substr(0, size)) {
        const auto byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += kHex[byte >> 4];
        out += kHex[byte & 0xF];
      }
    } else {
      if (is_quoted && (first == '"' || first == '\\')) out += '\\';
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

}  // namespace

std::string text_line(std::int64_t wall_ms, Level level, std::string_view message, std::span<const Field> fields) {
  std::string line = timestamp(wall_ms);
  line += ' ';
  line += padded(level);
  line += ' ';
  append_escaped(line, cut_text(message, kMaxMessageBytes), false);
  for (const Field& field : fields) {
    std::string part = " ";
    part += field.key;
    part += '=';
    const std::string value = cut_text(field.value, kMaxValueBytes);
    if (needs_quotes(value)) {
      part += '"';
      append_escaped(part, value, true);
      part += '"';
    } else {
      part += value;
    }
    // Whole fields only, so that what is shown is true; " ..." says that something is missing.
    if (line.size() + part.size() + 5 > kMaxLineBytes) {
      line += " ...";
      break;
    }
    line += part;
  }
  if (line.size() >= kMaxLineBytes) line = cut_text(line, kMaxLineBytes - 1);
  line += '\n';
  return line;
}

std::string json_line(std::int64_t wall_ms, Level level, std::string_view message, std::span<const Field> fields) {
  std::string line = R"({"ts":")" + timestamp(wall_ms) + R"(","level":")";
  line += lower(level);
  line += R"(","msg":)";
  // A byte becomes at most six ("\u001b"), and an invalid one three: cut again when escaping made it too long.
  std::string text = json_string(cut_text(message, kMaxMessageBytes));
  if (text.size() > 3 * kMaxMessageBytes) text = json_string(cut_text(message, kMaxMessageBytes / 3));
  line += text;
  for (const Field& field : fields) {
    std::string part = ",";
    append_json_string(part, field.key);
    part += ':';
    if (field.is_bare) {
      part += field.value;
    } else {
      append_json_string(part, cut_text(field.value, kMaxValueBytes));
    }
    if (line.size() + part.size() + 22 > kMaxLineBytes) {
      line += R"(,"truncated":true)";
      break;
    }
    line += part;
  }
  line += "}\n";
  return line;
}

}  // namespace reprise::telemetry
