#include <catch2/catch.hpp>

#include <vector>

#include "tests/documents/files.hpp"

using namespace reprise::documents;

namespace {

std::vector<std::filesystem::path> pages() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(root())) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  for (const char* folder : {"docs", "host", "lib", "plugins", "sdk", "tests", "configs", "bench", "tools"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / folder)) {
      if (entry.path().extension() == ".md") found.push_back(entry.path());
    }
  }
  return found;
}

// Where its links into the tree lead, without what stands behind #.
std::vector<std::string> targets_of(const std::string& page) {
  std::vector<std::string> targets;
  for (std::size_t at = page.find("]("); at != std::string::npos; at = page.find("](", at + 2)) {
    const std::string target = page.substr(at + 2, page.find_first_of("#) \n", at + 2) - at - 2);
    if (!target.empty() && target.find("://") == std::string::npos) targets.push_back(target);
  }
  return targets;
}

}  // namespace

TEST_CASE("Links between documents lead somewhere", "[documents]") {
  int links = 0;

  for (const auto& page : pages()) {
    for (const std::string& target : targets_of(content_of(page))) {
      CAPTURE(page, target);
      CHECK(std::filesystem::exists(page.parent_path() / target));
      ++links;
    }
  }

  CHECK(links > 10);
}
