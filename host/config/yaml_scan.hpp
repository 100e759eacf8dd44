#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::config {

/// Something wrong at a byte of a text.
struct Finding {
  std::size_t at;
  std::string message;
};

/// What yaml-cpp lets pass, or reports far from its cause: found before it sees the text, line by line. Quotes that do not close
/// on their line, brackets that do not close at all, anchors, aliases, tags, directives, further documents, brackets and
/// dashes nested deeper than kMaxDepth.
std::vector<Finding> scan_structure(std::string_view text);

/// Bytes that are not UTF-8, control characters, characters that hide others, tabs.
std::vector<Finding> scan_characters(std::string_view text);

/// Position of the quote that closes the one at text[at], npos if there is none on its line.
std::size_t find_closing_quote(std::string_view text, std::size_t at);

}  // namespace reprise::config
