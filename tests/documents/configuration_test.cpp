#include <catch2/catch.hpp>

#include <cstdlib>

#include "host/config/schema.hpp"
#include "tests/documents/files.hpp"
#include "tests/documents/option_tables.hpp"

using namespace reprise;
using namespace reprise::documents;

namespace {

// The table that belongs behind <!-- table: NAME -->: one of the host's sections, or a plugin's options.
std::string table_of(const std::string& name) {
  if (name == "worker") return option_table(config::worker_schema());
  if (name == "rest") return option_table(config::rest_schema());
  if (name == "coordination") return option_table(config::coordination_schema());
  if (name == "kafka") return option_table(config::cluster_schema());
  if (name == "tables") return option_table(config::table_schema());
  if (name == "connectors") return option_table(config::connector_schema());
  const auto file = root() / "plugins" / name / "plugin.yaml";
  return option_table(config::parse_manifest(content_of(file), file.string()).options);
}

// The page with every table made anew; names is what it has tables of.
std::string with_tables(const std::string& page, std::string* names) {
  constexpr std::string_view kBegin = "<!-- table: ";
  constexpr std::string_view kEnd = "<!-- end -->\n";
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = page.find(kBegin); at != std::string::npos; at = page.find(kBegin, done)) {
    const std::size_t name_at = at + kBegin.size();
    const std::string name = page.substr(name_at, page.find(" -->", name_at) - name_at);
    const std::size_t end = page.find(kEnd, at);
    REQUIRE(end != std::string::npos);
    out += page.substr(done, page.find('\n', at) + 1 - done) + table_of(name);
    done = end;
    *names += name + " ";
  }
  return out + page.substr(done);
}

}  // namespace

TEST_CASE("The tables of docs/configuration.md are those of the schemas", "[documents]") {
  const auto file = root() / "docs/configuration.md";
  const std::string page = content_of(file);
  std::string names;

  const std::string wanted = with_tables(page, &names);
  if (std::getenv("REPRISE_UPDATE_DOCUMENTS") != nullptr) {
    std::ofstream(file, std::ios::binary) << wanted;
    return;
  }

  INFO("REPRISE_UPDATE_DOCUMENTS=1 unit_documents writes them anew");
  CHECK(page == wanted);
  for (const char* section : {"worker", "rest", "coordination", "kafka", "tables", "connectors"}) {
    CAPTURE(section);
    CHECK(names.find(std::string(section) + " ") != std::string::npos);
  }
  for (const auto& folder : std::filesystem::directory_iterator(root() / "plugins")) {
    if (!std::filesystem::exists(folder.path() / "plugin.yaml")) continue;
    CAPTURE(folder.path());
    CHECK(names.find(folder.path().filename().string() + " ") != std::string::npos);
  }
}

TEST_CASE("What README.md quotes stands in the quickstart", "[documents]") {
  const std::string page = content_of(root() / "README.md");
  const std::string marker = "<!-- configs/quickstart/reprise.yaml -->\n```yaml\n";
  const std::size_t begin = page.find(marker);
  REQUIRE(begin != std::string::npos);
  const std::size_t from = begin + marker.size();

  const std::string quoted = page.substr(from, page.find("```", from) - from);

  CHECK(quoted.size() > 200);
  CHECK(content_of(root() / "configs/quickstart/reprise.yaml").find(quoted) != std::string::npos);
}
