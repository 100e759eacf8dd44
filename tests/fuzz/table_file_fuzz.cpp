// Any bytes are either rows, each key once and each row JSON that reads back the same, or problems with places in the text.
#include <algorithm>
#include <set>

#include "fuzz.hpp"
#include "host/base/utf8.hpp"
#include "host/config/json.hpp"
#include "host/config/table_file.hpp"

using namespace reprise::config;
using reprise::fuzz::check;

namespace {

class NoSecrets final : public SecretSource {
 public:
  reprise::Result<std::string> from_environment(const std::string&) override { return reprise::fatal("fuzz", "none"); }
  reprise::Result<std::string> from_file(const std::filesystem::path&, std::string_view) override {
    return reprise::fatal("fuzz", "none");
  }
};

TableConfig table() {
  OptionSpec text{.name = "t"}, secret{.name = "s", .is_secret = true}, number{.name = "n", .type = OptionType::Int};
  OptionSpec list{.name = "l", .type = OptionType::List, .options = {OptionSpec{}}};
  TableConfig made;
  made.name = "t";
  made.file = TableFile{"fuzz.jsonl", "id", {}};
  made.rules = {OptionSpec{.name = "", .type = OptionType::Object, .options = {text, secret, number, list}}};
  return made;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {
      "{\"id\": \"42\", \"t\": \"x\", \"s\": \"${env:X}\"}\n\n{\"id\": 43, \"n\": 5, \"l\": [\"a\"]}\n",
      "{\"id\": \"a\"}\n{\"id\": \"\\u0061\"}\r\n{\"id\": \"b\", \"id\": \"c\"}",
      "[[[[{\"id\": 1}]]]]\n{\"id\": 1} x\n{\"id\" 1}\n\"open\n{\"id\": 99999999999999999999}\n",
      "{\"id\": \"\xC3\xBC\", \"t\": {\"a\": null}, \"u\": true, \"n\": 1e999, \"l\": [1, -0.5, [2]]}\n5\n{\"id\": 1, "
      "\"t\": nul}\n{\"id\": 2, \"u\": tru, \"l\": []}\n",
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = reprise::fuzz::as_text(data, size);
  static const TableConfig kTable = table();
  NoSecrets secrets;
  Problems problems;
  CheckContext context{problems, secrets};
  std::string_view left = text;
  LineReader lines(
      [&](std::span<char> buffer) -> reprise::Result<std::size_t> {
        const auto count = std::min({std::size_t{7}, buffer.size(), left.size()});
        std::copy_n(left.begin(), count, buffer.begin());
        left.remove_prefix(count);
        return count;
      },
      kMaxRowBytes);
  const auto rows = read_json_lines(lines, "fuzz.jsonl", kTable, context);
  std::set<std::string> keys;
  for (const auto& row : rows) {
    check(!row.key.empty() && keys.insert(row.key).second, "a key is there once");
    const auto again = parse_json(row.json, 8 * kMaxRowBytes);
    check(again.ok() && to_json(*again) == row.json, "a row is JSON that reads back the same");
    check(again->kind == Value::Kind::Map && again->find("id") == nullptr, "the key is no part of the row");
  }
  try {
    problems.throw_if_any();
  } catch (const ConfigError& error) {
    for (const auto& problem : error.problems()) {
      check(problem.where.file == "fuzz.jsonl" && problem.where.line >= 1, "a problem says where");
      std::size_t begin = 0;
      for (int line = 1; line < problem.where.line; ++line) begin = text.find('\n', begin) + 1;
      check(begin <= text.size(), "its line is in the text");
      const auto bytes = std::min(text.find('\n', begin), text.size()) - begin;
      check(problem.where.column >= 1 && static_cast<std::size_t>(problem.where.column) <= bytes + 1,
            "its column is in the line");
      check(problem.message.find('\n') == std::string::npos &&
                reprise::find_invalid_utf8(problem.message) == std::string::npos,
            "it is one line of UTF-8");
    }
  }
  return 0;
}
