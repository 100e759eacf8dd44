// Any bytes are either a bounded tree or an error; a tree written as JSON and read again is written the same.
#include "fuzz.hpp"
#include "host/config/json.hpp"

using namespace reprise::config;
using reprise::fuzz::check;

std::vector<std::string> fuzz_seeds() {
  return {R"({"connector": "c", "key": "42", "from": "now-2h", "dry_run": true, "limit": 5})",
          R"([1, -0.5, 1e3, "\u00fc\n\"", null, {"a": {"b": []}}, true, false])", R"({"a": 1, "a": 2})",
          "[[[[[[[[]]]]]]]]", R"(["\ud83d\ude00", "\ud800", 9223372036854775807, 18446744073709551615, 1e999])"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto root = parse_json(reprise::fuzz::as_text(data, size));
  if (!root.ok()) {
    check(root.error().kind == "json.invalid" && !root.error().message.empty(), "an error says what");
    return 0;
  }
  const std::string written = to_json(*root);
  const auto again = parse_json(written, 1 << 20);
  check(again.ok(), "what was written is read");
  check(to_json(*again) == written, "and written the same");
  return 0;
}
