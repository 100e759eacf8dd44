#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/documents/files.hpp"

// What the code writes to the log, held against docs/operations.md: a line of trouble has a kind, to look it up and alert on.

using namespace reprise::documents;

namespace {

/// The call that begins at `at`, up to its closing parenthesis.
std::string call_at(const std::string& code, std::size_t at) {
  int depth = 0;
  for (std::size_t end = code.find('(', at); end < code.size(); ++end) {
    depth += code[end] == '(' ? 1 : code[end] == ')' ? -1 : 0;
    if (depth == 0) return code.substr(at, end + 1 - at);
  }
  return code.substr(at);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// The calls that write at WARN or ERROR.
std::vector<std::string> lines_of_trouble(const std::string& code) {
  std::vector<std::string> calls;
  for (const std::string begin : {"telemetry::warn(", "telemetry::error(", " warn(", ".log("}) {
    for (std::size_t at = code.find(begin); at != std::string::npos; at = code.find(begin, at + 1)) {
      std::string call = call_at(code, at);
      const bool has_level = begin == ".log(";
      if (!has_level || contains(call, "Level::Warn") || contains(call, "Level::Error"))
        calls.push_back(std::move(call));
    }
  }
  return calls;
}

}  // namespace

TEST_CASE("Every line of trouble that the code writes has a kind", "[documents]") {
  std::size_t count = 0;

  for (const auto& file : sources()) {
    if (file.extension() != ".cpp") continue;
    for (const std::string& call : lines_of_trouble(content_of(file))) {
      ++count;
      CAPTURE(file, call);
      CHECK(contains(call, "\"kind\""));
    }
  }

  CHECK(count > 50);
}
