#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

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

// What is wrong with a table of sink-webhook that comes from the file; SECRET stands for a good one. The file is called "rows.jsonl".
std::string problems_of_file(std::string text, const std::string& members = "file: FILE, key: id") {
  for (auto at = text.find("SECRET"); at != std::string::npos; at = text.find("SECRET")) text.replace(at, 6, kSecret);
  const RowsFile file(text);
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
