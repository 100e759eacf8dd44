#include "host/config/line_reader.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

using namespace reprise;
using namespace reprise::config;

namespace {

// The lines of text, read in pieces of so many bytes; "<long>" for one that is too long.
std::vector<std::string> lines_of(std::string_view text, std::size_t piece, std::size_t max_line_bytes = 8) {
  LineReader reader(
      [&](std::span<char> buffer) -> Result<std::size_t> {
        const auto count = std::min({piece, buffer.size(), text.size()});
        std::copy_n(text.begin(), count, buffer.begin());
        text.remove_prefix(count);
        return count;
      },
      max_line_bytes);
  std::vector<std::string> lines;
  while (true) {
    const auto line = reader.next();
    REQUIRE(line.ok());
    if (!*line) return lines;
    lines.emplace_back((*line)->is_whole ? (*line)->text : "<long>");
    CHECK((*line)->number == static_cast<int>(lines.size()));
  }
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Lines are the same whatever the pieces", "[config][lines]") {
  const std::size_t piece = GENERATE(1u, 2u, 3u, 7u, 100u);

  CHECK(lines_of("", piece) == Lines{});
  CHECK(lines_of("a\n\nbc\n", piece) == Lines{"a", "", "bc"});
  CHECK(lines_of("a\nbc", piece) == Lines{"a", "bc"});
  CHECK(lines_of("12345678\n123456789\n1\n", piece) == Lines{"12345678", "<long>", "1"});
  CHECK(lines_of("1\n" + std::string(1'000, 'x'), piece) == Lines{"1", "<long>"});
  CHECK(lines_of(std::string(1'000'000, 'x') + "\n1", 5'000) == Lines{"<long>", "1"});
}

TEST_CASE("A text that cannot be read on ends with its error", "[config][lines]") {
  LineReader reader([](std::span<char>) -> Result<std::size_t> { return fatal("test", "torn"); }, 8);

  CHECK(reader.next().error().message == "torn");
}
