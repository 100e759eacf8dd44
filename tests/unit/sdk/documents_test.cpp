#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace {

std::string read(const std::string& path) {
  std::ifstream file(REPRISE_SOURCE_DIR + ("/" + path));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST_CASE("What docs/writing-a-plugin.md quotes is what stands in sdk/examples", "[sdk][documents]") {
  const std::string page = read("docs/writing-a-plugin.md");
  int quotes = 0;

  // <!-- path -->, a fence, the file, a fence.
  for (std::size_t at = page.find("<!-- "); at != std::string::npos; at = page.find("<!-- ", at + 1)) {
    const std::size_t end = page.find(" -->", at);
    const std::string path = page.substr(at + 5, end - at - 5);
    const std::size_t begin = page.find('\n', page.find("```", end)) + 1;
    const std::string quoted = page.substr(begin, page.find("```", begin) - begin);
    CAPTURE(path);
    CHECK(quoted == read(path));
    ++quotes;
  }

  CHECK(quotes == 2);
}

}  // namespace
