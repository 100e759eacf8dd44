#include "host/config/yaml.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "tests/unit/config/support.hpp"

using namespace reprise::config;
using namespace std::string_literals;
using test::problems_of_call;

namespace {

std::string problems(const std::string& text) {
  return problems_of_call([&] { parse_yaml(text, "w.yaml"); });
}

// A file in the temporary folder that is gone at the end.
class TemporaryFile {
 public:
  TemporaryFile(std::string_view content, mode_t mode) {
    char name[] = "/tmp/reprise-config-XXXXXX";
    const int fd = mkstemp(name);
    REQUIRE(fd >= 0);
    path_ = name;
    REQUIRE(write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    fchmod(fd, mode);
    close(fd);
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("YAML becomes a tree with places and quotes", "[config][yaml]") {
  const Value root = parse_yaml("a: 1\nb:\n  - \"x\"\n  - {c: '5', \"d\": ~}\n\xC3\xBC: y\ne:\n", "w.yaml");

  REQUIRE(root.kind == Value::Kind::Map);
  CHECK(root.find("a")->text == "1");
  CHECK_FALSE(root.find("a")->is_quoted);
  CHECK(root.find("a")->where == Location{"w.yaml", 1, 4});
  const Value& list = *root.find("b");
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[0].is_quoted);
  CHECK(list.items[0].where == Location{"w.yaml", 3, 5});
  CHECK(list.items[1].find("c")->is_quoted);
  CHECK(list.items[1].find("c")->text == "5");
  CHECK(list.items[1].find("d")->kind == Value::Kind::Null);
  CHECK(root.find("\xC3\xBC")->where == Location{"w.yaml", 5, 4});
  CHECK(root.find("e")->where == Location{"w.yaml", 6, 1});
  CHECK(root.find("nothing") == nullptr);
}

TEST_CASE("What a person writes often is read", "[config][yaml]") {
  CHECK(problems("").empty());
  CHECK(parse_yaml("# only a comment\n", "w.yaml").kind == Value::Kind::Null);
  CHECK(parse_yaml("---\na: 1\n...\n", "w.yaml").find("a")->text == "1");
  CHECK(parse_yaml("\xEF\xBB\xBF"
                   "a: 1\r\nb: 2\r\n",
                   "w.yaml")
            .find("b")
            ->where == Location{"w.yaml", 2, 4});
  CHECK(parse_yaml("a: it's # a comment with \"\n", "w.yaml").find("a")->text == "it's");
  CHECK(parse_yaml("a: x#y [z] {q} & * ! \"w\"\n", "w.yaml").find("a")->text == "x#y [z] {q} & * ! \"w\"");
  CHECK(parse_yaml("a: \"x \\\" y: 'z\" # c\n", "w.yaml").find("a")->text == "x \" y: 'z");
  CHECK(parse_yaml("a: 'it''s'\n", "w.yaml").find("a")->text == "it's");
  CHECK(parse_yaml("a: [1,\n  2, {b: c}]\nd: e\n", "w.yaml").find("d")->text == "e");
  CHECK(problems("a:\nb : \n'c':\nd: {e: , \"f\": , g: }\n").empty());
  CHECK(parse_yaml("a: ${env:X}\n", "w.yaml").find("a")->text == "${env:X}");
  CHECK(parse_yaml("url: https://example.com/x?y=1&z=*\n", "w.yaml").find("url")->text ==
        "https://example.com/x?y=1&z=*");
  CHECK(parse_yaml("'a': {\"b\":\"c\"}\n", "w.yaml").find("a")->find("b")->text == "c");
}

TEST_CASE("A block scalar holds several lines, whatever stands in them", "[config][yaml]") {
  const Value root = parse_yaml(
      "a:\n  - b: |\n      \"open\n      & [ {\n\n      x\n    c: >-\n      folded\n      text\nd: 1\n", "w.yaml");

  const Value& item = root.find("a")->items.at(0);
  CHECK(item.find("b")->text == "\"open\n& [ {\n\nx\n");
  CHECK(item.find("b")->is_quoted);
  CHECK(item.find("c")->text == "folded text");
  CHECK(root.find("d")->text == "1");
}

TEST_CASE("YAML that surprises is refused at its place", "[config][yaml]") {
  struct Case {
    std::string text, expected;
  };
  const auto c = GENERATE(values<Case>({
      {"a:\n\tb: 1\n", "w.yaml:2:1: tab used for indentation; use spaces"},
      {"a: \"x\ty\"\n", "w.yaml:1:6: tab; use spaces, or \\t inside double quotes"},
      {"a: \"open\nb: 2\n", "w.yaml:1:4: the text that starts with this quote is not closed on its line"},
      {"a: 'open\nb: 'x'\n", "w.yaml:1:4: the text that starts with this quote is not closed on its line"},
      {"a: \"two\n  lines\"\n", "w.yaml:1:4: the text that starts with this quote is not closed on its line"},
      {"a: \"x\\\n  y\"\n", "w.yaml:1:4: the text that starts with this quote is not closed on its line"},
      {"- \"open\n", "w.yaml:1:3: the text that starts with this quote is not closed on its line"},
      {"a: [1, \"open]\n", "w.yaml:1:8: the text that starts with this quote is not closed on its line"},
      {"a: [1,2\n", "w.yaml:1:4: [ is never closed"},
      {"a: {b: c\n", "w.yaml:1:4: { is never closed"},
      {"a: [1}\n", "w.yaml:1:4: [ is closed by }"},
      {"a: one\n  two\n", "w.yaml:1:4: a text must end on its line; use | for several lines"},
      {"a: 1\n\nb: 2\na: 3\n", "w.yaml:4:1: duplicate key \"a\", first at line 1, column 1"},
      {"x: {a: 1, \"a\": 2}\n", "w.yaml:1:11: duplicate key \"a\", first at line 1, column 5"},
      {"a: 1\n---\nb: 2\n", "w.yaml:2:1: second document; a file holds one"},
      {"---\na: 1\n--- \nb: 2\n", "w.yaml:3:1: second document; a file holds one"},
      {"%YAML 1.2\n---\na: 1\n", "w.yaml:1:1: directives are not supported"},
      {"a: &x 1\n", "w.yaml:1:4: anchors and aliases are not supported"},
      {"a: &x [*x]\n", "w.yaml:1:4: anchors and aliases are not supported"},
      {"a: [*x]\n", "w.yaml:1:5: anchors and aliases are not supported"},
      {"<<: *base\n", "w.yaml:1:5: anchors and aliases are not supported"},
      {"<<: {a: 1}\n", "w.yaml:1:1: merge keys (<<) are not supported"},
      {"a: !!python/object x\n", "w.yaml:1:4: tags are not supported"},
      {"a: !!binary aGk=\n", "w.yaml:1:4: tags are not supported"},
      {"a: ! 5\n", "w.yaml:1:4: tags are not supported"},
      {"a: [!x {}]\n", "w.yaml:1:5: tags are not supported"},
      {"? a\n: b\n", "w.yaml:1:1: complex keys (?) are not supported"},
      {"[a]: b\n", "w.yaml:1:1: a key must be a text, not a list"},
      {"~: b\n", "w.yaml:1:1: a key must be a text, not nothing"},
      {"\"\": b\n", "w.yaml:1:1: a key must be a text"},
      {"a: {url: ${env:X}}\n", "w.yaml:1:10: a reference inside { } or [ ] must be quoted: \"${...}\""},
      {"a: b: c\n", "w.yaml:1:5: a ':' where no value can begin"},
      {"a: 1\n  b: 2\n", "w.yaml:2:4: a ':' where no value can begin"},
      {"a:\n  b: 1\n c: 2\n", "w.yaml:3:2: neither a key of the mapping"},
      {"a: 1\nb\n", "w.yaml:2:1: expected ':' and a value after the key \"b\""},
      {"a: {b}\n", "w.yaml:1:5: expected ':' and a value after the key \"b\""},
      {"a: {\"b\", c: d}\n", "w.yaml:1:5: expected ':' and a value after the key \"b\""},
      {"- a\nb\n", "w.yaml:2:1: this belongs to nothing that stands before it"},
      {"  a: 1\nb: 2\n", "w.yaml:2:1: this belongs to nothing that stands before it"},
      {"a: \"\\0\"\n", "w.yaml:1:4: a control character"},
      {"a: \"\\x1b[31m\"\n", "w.yaml:1:4: a control character"},
      {"a: \"\\ud800\"\n", "w.yaml:1:"},
      {"a: \"\\q\"\n", "w.yaml:1:"},
      {"a: \xE9\n", "w.yaml:1:4: not valid UTF-8 at byte 3"},
      {"\xFF\xFE"
       "a\0:\0"s,
       "w.yaml:1:1: not valid UTF-8 at byte 0"},
      {"a: x\0y\n"s, "w.yaml:1:5: control character U+0000"},
      {"a: \x1b\n", "w.yaml:1:4: control character U+001B"},
      {"a: x\rb: y\n", "w.yaml:1:5: control character U+000D"},
      {"a: x\x04\n", "w.yaml:1:5: control character U+0004"},
      {"a: \xC2\x85\n", "w.yaml:1:4: control character U+0085"},
      {"a: \xE2\x80\xAE\n", "w.yaml:1:4: character that hides or reorders text: U+202E"},
  }));
  CAPTURE(c.text);

  const std::string found = problems(c.text);

  CHECK_THAT(found, Catch::Contains(c.expected));
}

TEST_CASE("Everything that is wrong is found in one go", "[config][yaml]") {
  const std::string found = problems("a: \"open\nb: *x\nc: !y z\nd: [\n");

  CHECK_THAT(found, Catch::Contains("w.yaml:1:4") && Catch::Contains("w.yaml:2:4") && Catch::Contains("w.yaml:3:4") &&
                        Catch::Contains("w.yaml:4:4"));
}

TEST_CASE("A bomb of aliases is refused at once", "[config][yaml]") {
  std::string text = "a0: &a0 [x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto name = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + name + "," + name + "," + name + "]\n";
  }
  CHECK_THAT(problems(text), Catch::Contains("anchors and aliases are not supported"));
}

TEST_CASE("Nesting ends at 32 levels, in every form", "[config][yaml]") {
  const auto nested_maps = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
    return text + std::string(static_cast<std::size_t>(levels), ' ') + "x\n";
  };
  CHECK(problems(std::string(32, '[') + std::string(32, ']')).empty());
  CHECK(problems(nested_maps(32)).empty());
  const auto begin = std::chrono::steady_clock::now();
  for (const std::size_t depth : {33u, 600u, 200'000u}) {
    CHECK_THAT(problems("a: " + std::string(depth, '[')), Catch::Contains("nested deeper than 32 levels"));
    CHECK_THAT(problems("a: " + std::string(depth, '[') + std::string(depth, ']')),
               Catch::Contains("nested deeper than 32 levels"));
    std::string dashes;
    for (std::size_t i = 0; i < depth; ++i) dashes += "- ";
    CHECK_THAT(problems(dashes + "x\n"), Catch::Contains("nested deeper than 32 levels"));
    std::string maps;
    for (std::size_t i = 0; i < depth; ++i) maps += "{a: ";
    CHECK_THAT(problems(maps), Catch::Contains("nested deeper than 32 levels"));
  }
  CHECK_THAT(problems(nested_maps(33)), Catch::Contains("nested deeper than 32 levels"));
  CHECK_THAT(problems(nested_maps(600)), Catch::Contains("nested deeper than 32 levels"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("A file of too many values or bytes is refused", "[config][yaml]") {
  std::string many = "a:\n";
  for (int i = 0; i < 100'000; ++i) many += "  - x\n";
  CHECK_THAT(problems(many), Catch::Contains("more than 100,000 values in one file"));

  const std::string big(1'048'577, '#');
  CHECK(problems(big) == "w.yaml: has 1,048,577 bytes; the limit is 1 MiB");
  CHECK(problems(big.substr(1)).empty());
}

TEST_CASE("A file is read if others cannot write to it", "[config][yaml]") {
  const TemporaryFile fine("a: 1\n", 0644);
  CHECK(read_yaml_file(fine.path()).find("a")->text == "1");

  const TemporaryFile open_to_all("a: 1\n", 0666);
  CHECK_THAT(problems_of_call([&] { read_yaml_file(open_to_all.path()); }),
             Catch::Contains("writable by others (mode 0666)"));
  CHECK_THAT(problems_of_call([] { read_yaml_file("/nowhere/at/all.yaml"); }),
             Catch::Equals("/nowhere/at/all.yaml: cannot be read: No such file or directory"));
  CHECK_THAT(problems_of_call([] { read_yaml_file("/tmp"); }), Catch::Equals("/tmp: is a directory"));
  CHECK_THAT(problems_of_call([] { read_yaml_file("/dev/null"); }), Catch::Equals("/dev/null: is not a regular file"));

  const TemporaryFile big(std::string(2'000'000, 'x'), 0600);
  CHECK_THAT(problems_of_call([&] { read_yaml_file(big.path()); }),
             Catch::Contains("has 2,000,000 bytes; the limit is"));
}
