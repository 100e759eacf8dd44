#include "tests/unit/config/support.hpp"
#include "tests/unit/config/tree_manifests.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

namespace {

constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

std::string with_rows(const std::string& rows, const std::string& more_of_sink = "") {
  return "tables:\n  webhooks:\n" + rows +
         "connectors:\n  c:\n    source: {plugin: source-test}\n"
         "    sink: {plugin: sink-webhook, endpoint: {table: webhooks}, signing: [{scheme: standard_v1}]" +
         more_of_sink + "}\n";
}

std::string problems_of_tree(const std::string& yaml) {
  FakeSecrets secrets;
  const Document documents[] = {{"a.yaml", yaml}};
  return problems_of_call([&] { load(documents, lookup_in_tree(), secrets); });
}

// One row, at a.yaml:3.
std::string problems_of_row(std::string row, const std::string& more_of_sink = "") {
  if (const auto at = row.find("SECRET"); at != std::string::npos) row.replace(at, 6, kSecret);
  return problems_of_tree(with_rows("    \"42\": " + row + "\n", more_of_sink));
}

}  // namespace

TEST_CASE("A row that its plugin cannot use is refused with its place", "[config][rows]") {
  struct Case {
    std::string row, expected;
  };
  const auto c = GENERATE(values<Case>({
      {"{urll: \"https://a.example/\", secret: SECRET}",
       "a.yaml:3:12: tables.webhooks.42: unknown option \"urll\" (did you mean \"url\"?)"},
      {"{secret: SECRET}", "a.yaml:3:11: tables.webhooks.42: needs the option \"url\": a URL"},
      {"{url: \"ftp://a.example/\", secret: SECRET}",
       "a.yaml:3:17: tables.webhooks.42.url: expected a URL, but it must begin with https://, got the text "
       "\"ftp://a.example/\""},
      {"{url: \"http://a.example/\", secret: SECRET}",
       "a.yaml:3:17: tables.webhooks.42.url: expected a URL, but it must begin with https:// (allow_http: true allows "
       "http://), got the text \"http://a.example/\""},
      {"{url: \"https://a.example:99999/\", secret: SECRET}",
       "a.yaml:3:17: tables.webhooks.42.url: expected a URL, but the port must be a number from 1 to 65535, got the "
       "text"},
      {"{url: \"https:///path\", secret: SECRET}", "tables.webhooks.42.url: expected a URL, but it has no host"},
      {"{url: \"https://me:word@a.example/\", secret: SECRET}", "a user name or password is not allowed"},
      {"{url: [\"https://a.example/\"], secret: SECRET}", "tables.webhooks.42.url: expected a URL, got a list"},
      {"{url: \"https://a.example/\"}", "tables.webhooks.42: needs the option \"secret\""},
      {"{url: \"https://a.example/\", secret: whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA}",
       "tables.webhooks.42.secret: expected whsec_ and base64 of 24 to 64 bytes"},
      {"{url: \"https://a.example/\", secret: whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=}",
       "tables.webhooks.42.secret: expected whsec_ and base64 of 24 to 64 bytes"},
      {"{url: \"https://a.example/\", secret: whsec_nobase64}",
       "a.yaml:3:47: tables.webhooks.42.secret: expected whsec_ and base64 of 24 to 64 bytes"},
      {"{url: \"https://a.example/\", secret: whsec_c2hvcnQ=}",
       "tables.webhooks.42.secret: expected whsec_ and base64 of 24 to 64 bytes"},
      {"{url: \"https://a.example/\", secret: []}", "tables.webhooks.42.secret: has 0 elements, expected 1 to 8"},
      {"{url: \"https://a.example/\", secret: [SECRET, bad]}",
       "tables.webhooks.42.secret.1: expected whsec_ and base64 of 24 to 64 bytes"},
      {"{url: \"https://a.example/\", secret: {a: b}}", "tables.webhooks.42.secret: expected a list, got a mapping"},
      {"\"https://a.example/\"", "a.yaml:3:11: tables.webhooks.42: expected a mapping"},
      {"", "a.yaml:3:5: tables.webhooks.42: has no value"},
  }));
  CAPTURE(c.row);

  const std::string found = problems_of_row(c.row);

  CHECK_THAT(found, Catch::Contains(c.expected));
  CHECK_THAT(found, !Catch::Contains("nobase64") && !Catch::Contains("c2hvcnQ"));
}

TEST_CASE("A row that its plugin can use is taken", "[config][rows]") {
  CHECK(problems_of_row("{url: \"https://a.example:8443/x?y=z\", secret: SECRET}") == "");
  CHECK(problems_of_row("{url: \"https://a.example/\", secret: [SECRET, " + std::string(kSecret) + "]}") == "");
  CHECK(problems_of_row("{url: \"http://a.example/\", secret: SECRET}", ", allow_http: true") == "");
}

TEST_CASE("What is wrong with all rows is told at once", "[config][rows]") {
  const std::string found = problems_of_tree(with_rows(
      "    a: {url: \"ftp://a.example/\", secret: " + std::string(kSecret) + "}\n    b: {}\n    c: {uri: x}\n"));

  CHECK_THAT(found, Catch::Contains("a.yaml:3:") && Catch::Contains("a.yaml:4:") && Catch::Contains("a.yaml:5:"));
}
