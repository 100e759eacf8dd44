// Any bytes are either a tree or problems with places in the text; a tree is bounded and becomes JSON that reads back the same.
#include <algorithm>

#include "fuzz.hpp"
#include "host/base/utf8.hpp"
#include "host/config/json.hpp"
#include "host/config/yaml.hpp"

using namespace reprise::config;
using reprise::fuzz::check;

namespace {

int depth_of(const Value& value) {
  int inside = 0;
  for (const auto& item : value.items) inside = std::max(inside, depth_of(item));
  for (const auto& member : value.members) inside = std::max(inside, depth_of(member.value));
  const bool is_level = value.kind == Value::Kind::List || value.kind == Value::Kind::Map;
  return inside + (is_level ? 1 : 0);
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {
      "worker: {id: w, plugin_path: [a, \"b\"]}\nrest:\n  listen: '127.0.0.1:0'\n",
      "a:\n  - b: |\n      \"text\n      & more\n    c: >-\n      folded\n- d\n",
      "a: \"x \\\" \\u00fc\" # comment\n'it''s': [1, {b: ~}, ]\n",
      "---\na: &x [*x]\nb: !!tag c\n<<: *a\n...\n",
      "a: 1\na: 2\n? k\n: v\n%YAML 1.2\n--- \nb\n",
      "[[[[{a: [{b: c}]}]]]]\n- - - x\n",
      "\xEF\xBB\xBF"
      "a: ${env:X}\r\nb: $${\r\nc: \xC3\xBC\n",
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = reprise::fuzz::as_text(data, size);
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  try {
    const Value root = parse_yaml(text, "fuzz.yaml");
    check(reprise::find_invalid_utf8(text) == std::string_view::npos, "what is read is UTF-8");
    check(depth_of(root) <= kMaxDepth, "the tree is not deeper than allowed");
    const std::string json = to_json(root);
    if (root.kind == Value::Kind::List || root.kind == Value::Kind::Map) {
      const auto again = parse_json(json, 8 * kMaxFileBytes);
      // Numbers that JSON's 64 bits cannot hold are the one thing that YAML may say and JSON may not.
      check(!again.ok() || again->members.size() == root.members.size(), "its JSON has the same members");
      check(again.ok() || again.error().message.find("number") != std::string::npos ||
                again.error().message.find("64 bits") != std::string::npos,
            "its JSON is read");
    }
  } catch (const ConfigError& error) {
    check(!error.problems().empty(), "an error holds problems");
    for (const auto& problem : error.problems()) {
      check(!problem.message.empty() && problem.where.file == "fuzz.yaml", "a problem says what and where");
      check(problem.where.line >= 0 && problem.where.line <= lines, "its line is in the text");
      check(problem.message.find('\n') == std::string::npos &&
                reprise::find_invalid_utf8(problem.message) == std::string::npos,
            "it is one line of UTF-8");
    }
  }
  return 0;
}
