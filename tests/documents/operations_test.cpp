#include <catch2/catch.hpp>

#include <regex>
#include <set>
#include <string>

#include "tests/documents/files.hpp"

// docs/operations.md names what is really there: an operator looks for it at night.

using namespace reprise::documents;

namespace {

std::string page() { return content_of(root() / "docs/operations.md"); }

/// All code as one text.
std::string all_code() {
  std::string code;
  for (const auto& file : sources()) code += content_of(file);
  return code;
}

/// What matches in the page, each once: the expression's first group.
std::set<std::string> named(const std::string& expression) {
  const std::string text = page();
  const std::regex pattern(expression);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) found.insert((*at)[1]);
  return found;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("Every metric that docs/operations.md names is counted", "[documents]") {
  const std::string code = all_code();
  const auto metrics = named("`(reprise_[a-z_]+)[`{]");

  for (const std::string& metric : metrics) {
    CAPTURE(metric);
    CHECK(contains(code, "\"" + metric + "\""));
  }
  CHECK(metrics.size() > 40);
}

TEST_CASE("Every metric that the code counts is in docs/operations.md or its plugin's README", "[documents]") {
  const std::string code = all_code();
  std::string pages = page();
  for (const auto& entry : std::filesystem::directory_iterator(root() / "plugins"))
    pages += content_of(entry.path() / "README.md");
  const std::regex pattern("\"(reprise_[a-z_]+_(total|seconds|bytes|records|requests|state|offset))\"");
  std::set<std::string> counted;
  for (std::sregex_iterator at(code.begin(), code.end(), pattern), end; at != end; ++at) counted.insert((*at)[1]);

  for (const std::string& metric : counted) {
    CAPTURE(metric);
    CHECK(contains(pages, "`" + metric + "`"));
  }
  CHECK(counted.size() > 30);
}

TEST_CASE("Every kind that docs/operations.md names is one that the code writes", "[documents]") {
  const std::string code = all_code();
  const std::string options = content_of(root() / "docs/configuration.md");
  // "kafka.log_regressed": a kind, or an option's path.
  auto words = named("`(?:kind=)?([a-z]+\\.[a-z_]+)`");
  words.merge(named("kind=([a-z._]+)"));

  for (const std::string& word : words) {
    if (word.starts_with("retention.")) continue;  // options of a topic
    CAPTURE(word);
    CHECK((contains(code, "\"" + word + "\"") || contains(options, "`" + word + "`") ||
           contains(options, "`" + word.substr(word.find('.') + 1) + "`")));
  }
  CHECK(words.size() > 10);
}
