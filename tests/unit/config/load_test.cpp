#include "host/config/load.hpp"

#include <unistd.h>

#include <fstream>

#include "tests/unit/config/support.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

namespace {

constexpr std::string_view kConnector = "{source: {plugin: source-test}, sink: {plugin: sink-test, url: u}}";

std::string problems_of_all(const std::vector<Document>& documents) {
  FakeSecrets secrets;
  return problems_of_call([&] { load(documents, test_lookup(), secrets); });
}

// Files in a folder that is gone at the end.
class Files {
 public:
  Files() {
    char name[] = "/tmp/reprise-load-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder_ = name;
  }
  ~Files() { std::filesystem::remove_all(folder_); }
  std::filesystem::path add(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace

TEST_CASE("Sections and their entries may be spread over files", "[config][load]") {
  FakeSecrets secrets;
  const std::vector<Document> documents{
      {"worker.yaml", "worker: {id: w}\ntables: {a: {k: {}}}\n"},
      {"empty.yaml", "# nothing\n"},
      {"one.yaml", "connectors: {one: " + std::string(kConnector) + "}\ntables: {b: {k: {}}}\n"},
      {"two.yaml", "connectors: {two: " + std::string(kConnector) + "}\n"},
  };

  const Config config = load(documents, test_lookup(), secrets);

  CHECK(config.worker.id == "w");
  REQUIRE(config.connectors.size() == 2);
  CHECK(config.connectors[0].name == "one");
  CHECK(config.connectors[1].name == "two");
  CHECK(config.connectors[1].where == Location{"two.yaml", 1, 14});
  CHECK(config.tables.size() == 2);
  CHECK(find_connector(config, "two") == &config.connectors[1]);
  CHECK(find_connector(config, "three") == nullptr);
}

TEST_CASE("The same thing given twice names both places", "[config][load]") {
  const std::string one = "connectors:\n  c: " + std::string(kConnector) + "\n";

  CHECK(problems_of_all({{"a.yaml", one}, {"b.yaml", "\n" + one}}) ==
        "b.yaml:3:3: connectors: \"c\" is given twice, first at a.yaml:2:3");
  CHECK(problems_of_all({{"a.yaml", "worker: {}\n"}, {"b.yaml", "worker: {}\n"}}) ==
        "b.yaml:1:1: \"worker\" is given twice, first at a.yaml:1:1");
  CHECK(problems_of_all({{"a.yaml", "tables: {t: {}}\n"}, {"b.yaml", "tables: {t: {}}\n"}}) ==
        "b.yaml:1:10: tables: \"t\" is given twice, first at a.yaml:1:10");
  CHECK_THAT(problems_of_all({{"a.yaml", one + "  c: " + std::string(kConnector) + "\n"}}),
             Catch::Contains("duplicate key \"c\", first at line 2"));
}

TEST_CASE("The problems of all files come together", "[config][load]") {
  const std::string syntax =
      problems_of_all({{"a.yaml", "a: [\n"}, {"b.yaml", "b: \"\n"}, {"c.yaml", "worker: {id: w}\n"}});
  CHECK_THAT(syntax, Catch::Contains("a.yaml:1:4") && Catch::Contains("b.yaml:1:4"));

  const std::string meaning = problems_of_all(
      {{"a.yaml", "worker: {shards: 0}\nrest: {listen: x}\n"}, {"b.yaml", "connectors: {c: {mode: x}}\nfoo: 1\n"}});
  CHECK_THAT(meaning, Catch::Contains("a.yaml:1:18: worker.shards") && Catch::Contains("a.yaml:2:16: rest.listen") &&
                          Catch::Contains("b.yaml:1:24: connectors.c.mode") &&
                          Catch::Contains("b.yaml:2:1: unknown section \"foo\"") &&
                          Catch::Contains("needs the option \"source\""));
}

TEST_CASE("Files that are all empty, or none, are no configuration", "[config][load]") {
  CHECK(problems_of_all({{"a.yaml", ""}, {"b.yaml", "# x\n"}}) ==
        "a.yaml: empty; at least a connector or a worker section is needed");
  CHECK_FALSE(problems_of_all({}).empty());
}

TEST_CASE("The worker section is read before the plugins are known", "[config][load]") {
  const Files files;
  const std::filesystem::path paths[] = {
      files.add("a.yaml", "connectors: {c: {source: {plugin: unheard-of}}}\nunknown: 1\n"),
      files.add("b.yaml", "worker: {id: w, plugin_path: [/plugins]}\n"),
  };
  FakeSecrets secrets;

  const WorkerConfig worker = load_worker(paths, secrets);

  CHECK(worker.id == "w");
  CHECK(worker.plugin_path == std::vector<std::filesystem::path>{"/plugins"});
  CHECK_THAT(problems_of_call([&] { load(paths, test_lookup(), secrets); }),
             Catch::Contains("there is no plugin \"unheard-of\"") && Catch::Contains("unknown section"));
}

TEST_CASE("A worker section that is wrong is told at once", "[config][load]") {
  const Files files;
  FakeSecrets secrets;
  const std::filesystem::path wrong[] = {
      files.add("a.yaml", "worker: {shards: x}\nrest: {listen: x}\nconectors: {}\n")};
  const std::filesystem::path broken[] = {files.add("b.yaml", "worker: [\n"), "/nowhere.yaml"};

  CHECK_THAT(problems_of_call([&] { load_worker(wrong, secrets); }),
             Catch::Contains("worker.shards") && Catch::Contains("rest.listen") &&
                 Catch::Contains("unknown section \"conectors\""));
  CHECK_THAT(problems_of_call([&] { load_worker(broken, secrets); }),
             Catch::Contains("b.yaml:1:9: [ is never closed") && Catch::Contains("/nowhere.yaml: cannot be read"));
}
