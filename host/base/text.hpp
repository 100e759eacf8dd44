#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// The candidate nearest to word by edit distance, if near enough to be a slip of the keyboard; empty otherwise.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// text as a terminal can show it on one line: control characters, bidirectional controls and invalid UTF-8 escaped.
std::string printable(std::string_view text);

/// Quoted for a message: control characters and invalid UTF-8 escaped, cut at max_bytes ("..." follows then).
std::string quoted(std::string_view text, std::size_t max_bytes = 256);
// Exact matches, or argument-dependent look-up finds std::quoted for these wherever <filesystem> or <iomanip> is included.
inline std::string quoted(const std::string& text, std::size_t max_bytes = 256) {
  return quoted(std::string_view(text), max_bytes);
}
inline std::string quoted(std::string& text, std::size_t max_bytes = 256) {
  return quoted(std::string_view(text), max_bytes);
}
inline std::string quoted(const char* text, std::size_t max_bytes = 256) {
  return quoted(std::string_view(text), max_bytes);
}

/// 12,345,678
std::string with_thousands(std::uint64_t number);

/// One part more than there are separators; parts may be empty. Borrowed from text.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Without ASCII white space at both ends. Borrowed from text.
std::string_view trim(std::string_view text);

}  // namespace reprise
