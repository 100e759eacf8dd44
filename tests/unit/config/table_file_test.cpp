#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "host/config/table_file.hpp"
#include "tests/unit/config/support.hpp"
#include "tests/unit/config/tree_manifests.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

namespace {

constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

// A folder with rows.jsonl in it, which goes with the object.
class RowsFile {
 public:
  explicit RowsFile(const std::string& text) {
    char folder[] = "/tmp/reprise-rows-XXXXXX";
    REQUIRE(::mkdtemp(folder) != nullptr);
    folder_ = folder;
    std::ofstream(path()) << text;
  }
  ~RowsFile() { std::filesystem::remove_all(folder_); }
  RowsFile(const RowsFile&) = delete;
  RowsFile& operator=(const RowsFile&) = delete;
  std::string path() const { return folder_ / "rows.jsonl"; }

 private:
  std::filesystem::path folder_;
};

std::string with_secrets(std::string text) {
  for (auto at = text.find("SECRET"); at != std::string::npos; at = text.find("SECRET")) text.replace(at, 6, kSecret);
  return text;
}

// What is wrong with a table of sink-webhook that comes from the file; SECRET stands for a good one. The file is called "rows.jsonl".
std::string problems_of_file(const std::string& text, const std::string& members = "file: FILE, key: id") {
  const RowsFile file(with_secrets(text));
  std::string yaml =
      "tables:\n  webhooks: {" + members +
      "}\nconnectors:\n  c:\n    source: {plugin: source-test}\n"
      "    sink: {plugin: sink-webhook, endpoint: {table: webhooks}, signing: [{scheme: standard_v1}]}\n";
  if (const auto at = yaml.find("FILE"); at != std::string::npos) yaml.replace(at, 4, file.path());
  FakeSecrets secrets;
  const Document documents[] = {{"a.yaml", yaml}};
  std::string found = problems_of_call([&] { load(documents, lookup_in_tree(), secrets); });
  for (auto at = found.find(file.path()); at != std::string::npos; at = found.find(file.path()))
    found.replace(at, file.path().size(), "rows.jsonl");
  return found;
}

}  // namespace

TEST_CASE("A table comes from a file of JSON lines", "[config][rows]") {
  CHECK(problems_of_file(R"({"id": "42", "url": "https://a.example/", "secret": "SECRET"})"
                         "\n"
                         R"({"url": "https://b.example/", "secret": ["SECRET"], "id": 43})"
                         "\n") == "");
}

TEST_CASE("A wrong line of a table's file is refused with its place", "[config][rows]") {
  CHECK(problems_of_file(R"({"id": "42", "url": "https://a.example/", "secret": "SECRET"})"
                         "\n"
                         R"({"id": "43", "url": "ftp://b.example/", "secret": "SECRET"})"
                         "\n") ==
        "rows.jsonl:2:21: tables.webhooks.43.url: expected a URL, but it must begin with https://, got the text "
        "\"ftp://b.example/\"");
}

TEST_CASE("What is wrong with a line is told with its column", "[config][rows]") {
  struct Case {
    std::string line, expected;
  };
  const auto c = GENERATE(values<Case>({
      {R"({"id": "42", "url": "https://a.example/", "secret": "SECRET", "urll": 1})",
       "rows.jsonl:1:95: tables.webhooks.42: unknown option \"urll\" (did you mean \"url\"?)"},
      {R"({"id": "42", "secret": "SECRET"})", "rows.jsonl:1:1: tables.webhooks.42: needs the option \"url\": a URL"},
      {R"({"url": "https://a.example/", "secret": "SECRET"})",
       "rows.jsonl:1:1: tables.webhooks: has no member \"id\", the row's key"},
      {R"({"id": null, "url": "https://a.example/", "secret": "SECRET"})",
       "rows.jsonl:1:8: tables.webhooks.id: expected the row's key, a text or a whole number, got nothing"},
      {R"({"id": "", "url": "https://a.example/", "secret": "SECRET"})",
       "rows.jsonl:1:8: tables.webhooks.id: expected"},
      {R"({"id": 4.2, "url": "https://a.example/", "secret": "SECRET"})",
       "rows.jsonl:1:8: tables.webhooks.id: expected"},
      {R"({"id": "ä", "id": "b"})", "rows.jsonl:1:13: tables.webhooks: the line has the key \"id\" twice"},
      {R"({"id": "ä", "url": "x)", "rows.jsonl:1:20: tables.webhooks: the line holds a text that is never closed"},
      {R"({"id": "42" "url": 1})", "rows.jsonl:1:13: tables.webhooks: the line is not valid JSON"},
      {R"({"id": "42"} {"id": "43"})", "rows.jsonl:1:14: tables.webhooks: the line is not valid JSON"},
      {R"({"id": "42", "url": 99999999999999999999})",
       "rows.jsonl:1:21: tables.webhooks: the line holds a number that is not valid JSON, or an integer beyond 64 "
       "bits"},
      {"[1]", "rows.jsonl:1:1: tables.webhooks: expected an object, got a list"},
      {"  5", "rows.jsonl:1:3: tables.webhooks: expected an object, got \"5\""},
      {"{\"id\": \"\xff\"}", "rows.jsonl:1:9: tables.webhooks: the line is not valid UTF-8"},
      {R"({"id": "42", "url": "https://a.example/\u0000", "secret": "SECRET"})",
       "rows.jsonl:1:21: tables.webhooks.42: a control character in a text"},
      {R"({"id": "42", "url": "https://a.example/", "secret": "whsec_nobase64"})",
       "rows.jsonl:1:53: tables.webhooks.42.secret: expected whsec_ and base64 of 24 to 64 bytes"},
      {std::string(70'000, ' ') + "{}", "rows.jsonl:1:1: tables.webhooks: the line has more than 65,536 bytes"},
      {"", "rows.jsonl: tables.webhooks: is empty, as if it had been cut short"},
  }));
  CAPTURE(c.line.substr(0, 100));

  const std::string found = problems_of_file(c.line);

  CHECK_THAT(found, Catch::StartsWith(c.expected));
  CHECK_THAT(found, !Catch::Contains("nobase64") && !Catch::Contains("\n"));
}

TEST_CASE("A key that comes twice is refused with both places", "[config][rows]") {
  CHECK(problems_of_file("{\"id\": \"42\", \"url\": \"https://a.example/\", \"secret\": \"SECRET\"}\n\n"
                         "{\"id\": 42, \"url\": \"https://b.example/\", \"secret\": \"SECRET\"}\n") ==
        "rows.jsonl:3:1: tables.webhooks: the key \"42\" is there twice, first at rows.jsonl:1");
}

TEST_CASE("Of a file with many wrong lines the first are told and the rest counted", "[config][rows]") {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "{\"id\": " + std::to_string(i) + "}\n";

  const std::string found = problems_of_file(text);

  CHECK_THAT(found, Catch::StartsWith("rows.jsonl:1:1: tables.webhooks.0: needs the option \"url\": a URL\n"));
  CHECK(std::count(found.begin(), found.end(), '\n') == 100);
  CHECK_THAT(found, Catch::EndsWith("\nand 9900 more problems"));
}

TEST_CASE("A table without rows is an empty line", "[config][rows]") { CHECK(problems_of_file("\n") == ""); }

TEST_CASE("What names a table's file is checked", "[config][rows]") {
  CHECK_THAT(problems_of_file("\n", "file: FILE"), Catch::Contains("tables.webhooks: needs the option \"key\""));
  CHECK_THAT(problems_of_file("\n", "file: FILE, key: ''"), Catch::Contains("tables.webhooks.key: must not be empty"));
  CHECK_THAT(problems_of_file("\n", "file: FILE, key: id, \"42\": {url: x}"),
             Catch::Contains("tables.webhooks: unknown option \"42\""));
  CHECK_THAT(problems_of_file("\n", "file: /nowhere/rows.jsonl, key: id"),
             Catch::Contains("/nowhere/rows.jsonl: tables.webhooks: cannot be read: No such file or directory"));
}

TEST_CASE("A row may have the key \"file\"", "[config][rows]") {
  CHECK(problems_of("tables: {t: {file: {a: 1}, key: {a: 2}}}\n"
                    "connectors: {c: {source: {plugin: source-test}, sink: {plugin: sink-test, url: u}}}\n") == "");
}

TEST_CASE("A file that others may write is refused", "[config][rows]") {
  const RowsFile file("\n");
  REQUIRE(::chmod(file.path().c_str(), 0666) == 0);

  CHECK_THAT(problems_of("tables: {t: {file: " + file.path() + ", key: id}}\n"),
             Catch::Contains("tables.t: writable by others (mode 0666)"));
}

TEST_CASE("A running worker's table is read again under its rules", "[config][rows]") {
  const RowsFile file(with_secrets("{\"id\": 1, \"url\": \"https://a.example/\", \"secret\": \"SECRET\"}\n"));
  FakeSecrets secrets;
  const Document documents[] = {
      {"a.yaml", "tables: {t: {file: " + file.path() +
                     ", key: id}}\nconnectors: {c: {source: {plugin: source-test}, sink: {plugin: sink-webhook, "
                     "endpoint: {table: t}, signing: [{scheme: standard_v1}]}}}\n"}};
  const TableConfig table = load(documents, lookup_in_tree(), secrets).tables.at("t");
  REQUIRE(table.rows.size() == 1);
  std::ofstream(file.path()) << with_secrets(
      "{\"id\": 2, \"url\": \"https://b.example/\", \"secret\": \"SECRET\"}\n"
      "{\"url\": \"https://c.example/\", \"secret\": [\"SECRET\"], \"id\": 3}");

  const TableConfig next = read_again(table, secrets).table;

  REQUIRE(next.rows.size() == 2);
  CHECK(next.rows[0].key == "2");
  CHECK(next.rows[1].key == "3");
  CHECK(next.rows[1].json == with_secrets(R"({"url":"https://c.example/","secret":["SECRET"]})"));
  CHECK(next.file->stamp == stamp_of(file.path()));
  CHECK(next.file->stamp != table.file->stamp);
  std::ofstream(file.path()) << "{\"id\": 2}\n";
  CHECK_THAT(problems_of_call([&] { read_again(table, secrets); }), Catch::Contains("needs the option \"url\""));
}

TEST_CASE("A file that is read again is warned of like one that is read at the start", "[config][rows]") {
  const RowsFile file("\n");
  FakeSecrets secrets;
  const Document documents[] = {
      {"a.yaml", "tables: {t: {file: " + file.path() +
                     ", key: id}}\nconnectors: {c: {source: {plugin: source-test}, sink: {plugin: sink-webhook, "
                     "endpoint: {table: t}, signing: [{scheme: standard_v1}]}}}\n"}};
  const TableConfig table = load(documents, lookup_in_tree(), secrets).tables.at("t");
  std::ofstream(file.path()) << with_secrets(
      "\n{\"id\": 2, \"url\": \"https://b.example/\", \"secret\": \"SECRET\"}\n"
      "{\"id\": 3, \"url\": \"https://c.example/\", \"secret\": \"SECRET\"}\n");
  REQUIRE(::chmod(file.path().c_str(), 0600) == 0);
  CHECK(read_again(table, secrets).warnings.empty());

  REQUIRE(::chmod(file.path().c_str(), 0644) == 0);
  const auto warnings = read_again(table, secrets).warnings;

  REQUIRE(warnings.size() == 1);
  CHECK(format(warnings.front()) ==
        file.path() +
            ":2:1: tables.t.2.secret: a secret stands here as it is, and others can read the file (mode 0644): " +
            "run chmod o-r " + file.path() +
            ", or write ${file:PATH} or ${env:NAME}; 1 more secrets stand in this file");
}
