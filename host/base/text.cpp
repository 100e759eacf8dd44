#include "host/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "host/base/utf8.hpp"

namespace reprise {
namespace {

constexpr std::size_t kLongestWord = 128;

// Case and the kind of separator are slips too: "tasksMax", "tasks-max" and "tasks.max" mean "tasks_max".
char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' || c == '.' ? '_' : c;
}

// Edit distance with neighbouring transpositions ("optimal string alignment").
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kLongestWord + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& now = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      now[j] = std::min({above[j] + 1, now[j - 1] + 1, above[j - 1] + (same ? 0u : 1u)});
      const bool swapped =
          i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]);
      if (swapped) now[j] = std::min(now[j], two_above[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

void append_escaped(std::string& out, std::uint32_t code) {
  char buffer[16];
  switch (code) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      std::snprintf(buffer, sizeof buffer, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
      out += buffer;
  }
}

/// Appends text up to max_bytes of it, with what no terminal should see and what is in `also` escaped. Where it ended.
std::size_t append_printable(std::string& out, std::string_view text, std::size_t max_bytes, std::string_view also) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto character = decode_utf8(text, at);
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    if (at + size > max_bytes) break;
    if (character.size == 0) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\x%02x", static_cast<unsigned char>(text[at]));
      out += buffer;
    } else if (is_unprintable(character.code) || also.find(text[at]) != std::string_view::npos) {
      append_escaped(out, character.code);
    } else {
      out += text.substr(at, size);
    }
    at += size;
  }
  return at;
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  const std::size_t allowed = word.size() <= 4 ? 1 : word.size() <= 8 ? 2 : 3;
  std::string_view best;
  std::size_t best_distance = allowed + 1;
  for (const auto candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongestWord) continue;
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

std::string quoted(std::string_view text, std::size_t max_bytes) {
  std::string out = "\"";
  const std::size_t end = append_printable(out, text, max_bytes, "\"\\");
  out += '"';
  if (end < text.size()) out += "...";
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text, text.size(), {});
  return out;
}

std::string with_thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end; (end = text.find(separator)) != std::string_view::npos; text.remove_prefix(end + 1)) {
    parts.push_back(text.substr(0, end));
  }
  parts.push_back(text);
  return parts;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace reprise
