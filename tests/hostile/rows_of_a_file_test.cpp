#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/unit/config/support.hpp"
#include "tests/unit/config/tree_manifests.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

namespace {

constexpr std::string_view kOurs = "whsec_b3VyIG93biBzZWNyZXQsIG5vdCB0aGVpcnM=";
constexpr std::string_view kTheirs = "whsec_dGhlaXIgb3duIHNlY3JldCwgbm90IG91cnMsIGF0IGFsbA==";

// All that comes of a file of rows that a registry wrote, with strangers' texts in it: rows, or what is said about them.
std::string outcome_of(const std::string& text) {
  char folder[] = "/tmp/reprise-hostile-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string file = std::string(folder) + "/rows.jsonl";
  std::ofstream(file) << text;
  FakeSecrets secrets;
  secrets.environment = {{"OURS", std::string(kOurs)}};
  secrets.files = {{"/run/secrets/ours:", std::string(kOurs)}};
  const Document documents[] = {{"a.yaml", "tables: {webhooks: {file: " + file +
                                               ", key: id}}\nconnectors:\n  c:\n    source: {plugin: source-test}\n"
                                               "    sink: {plugin: sink-webhook, endpoint: {table: webhooks}, signing: "
                                               "[{scheme: standard_v1}]}\n"}};
  std::string outcome;
  try {
    const Config config = load(documents, lookup_in_tree(), secrets);
    for (const TableRow& row : config.tables.at("webhooks").rows) outcome += row.key + "=" + row.json + "\n";
  } catch (const ConfigError& error) {
    outcome = error.what();
  }
  std::filesystem::remove_all(folder);
  return outcome;
}

// A row of the customer 42, whose URL ends with tail, as a registry that escapes nothing would write it.
std::string row(const std::string& tail, const std::string& id = "42") {
  return "{\"id\": \"" + id + "\", \"url\": \"https://theirs.example/" + tail + "\", \"secret\": \"" +
         std::string(kTheirs) + "\"}\n";
}

}  // namespace

TEST_CASE("A customer's text in a file of rows reads none of our secrets", "[hostile][rows]") {
  const auto* const reference = GENERATE("${env:OURS}", "${file:/run/secrets/ours}", "\\u0024{env:OURS}");

  CHECK_THAT(outcome_of(row(reference)), !Catch::Contains("b3VyIG93biBzZWNyZXQ"));
  CHECK_THAT(outcome_of(row("", reference)), !Catch::Contains("b3VyIG93biBzZWNyZXQ"));
}

TEST_CASE("A customer who breaks out of his text takes nobody's place", "[hostile][rows]") {
  const std::string victim = row("victim", "1");
  // A second key within the row, a second row within the line, a row of its own in the next line.
  const auto* const escape = GENERATE("\", \"id\": \"1", "\", \"secret\": \"x\"} {\"id\": \"1", "\", \"i\\u0064\": \"1",
                                      "\"}\n{\"id\": \"1\", \"url\": \"https://theirs.example/");

  const std::string found = outcome_of(victim + row(escape));

  CHECK_THAT(found, !Catch::Contains("1={"));  // the file as a whole is refused
  CHECK_THAT(found, Catch::Contains("rows.jsonl:2:") || Catch::Contains("rows.jsonl:3:"));
}

TEST_CASE("The same key in another spelling is the same key", "[hostile][rows]") {
  const auto* const spelling = GENERATE("\\u0034\\u0032", "42", "4\\u0032");

  CHECK_THAT(outcome_of(row("first") + row("second", spelling)), Catch::Contains("the key \"42\" is there twice"));
}

TEST_CASE("A line that would cost more than a row is refused, and the next one is judged", "[hostile][rows]") {
  const std::string text = GENERATE(row(std::string(10'000'000, 'x')), std::string(40'000, '[') + "\n",
                                    "{\"id\": 1, \"url\": " + std::string(60, '[') + std::string(60, ']') + "}\n");

  const std::string found = outcome_of(text + "{}\n");

  CHECK_THAT(found, Catch::Contains("rows.jsonl:1:"));
  CHECK_THAT(found, Catch::Contains("rows.jsonl:2:1: tables.webhooks: has no member \"id\""));
  CHECK(found.size() < 1'000);
}

TEST_CASE("What is said about a stranger's text is one line that a terminal may show", "[hostile][rows]") {
  const std::string found = outcome_of(row("", "\\u001b[2J\\n\\u202e") + row("\\u001b[2J \\n"));

  CHECK(found.find('\x1b') == std::string::npos);
  CHECK(std::count(found.begin(), found.end(), '\n') == 1);
}
