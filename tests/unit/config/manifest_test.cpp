#include "host/config/manifest.hpp"

#include "tests/unit/config/support.hpp"

using namespace reprise::config;
using test::problems_of_call;

namespace {

std::string problems(const std::string& yaml) {
  return problems_of_call([&] { parse_manifest(yaml, "plugin.yaml"); });
}

// A manifest with one option o.
std::string with_option(const std::string& option) {
  return "id: x\nversion: 0.1.0\nkind: sink\noptions:\n  o: " + option + "\n";
}

}  // namespace

TEST_CASE("A manifest says what a plugin is and takes", "[config][manifest]") {
  const Manifest manifest = parse_manifest(R"(
id: dedup
version: 0.1.0
kind: transform
license: Apache-2.0
summary: Drops records.
data_dir: true
options:
  retention: {type: duration, default: 5d, min: 1m, max: 365d, doc: "how long"}
  max_bytes: {type: size, default: 256MiB}
  cluster:   {type: cluster, required: true}
  endpoint:  {type: object, secret: true, options: {url: {type: string, hot: true}, by: {type: enum, values: [key], default: key}}}
  signing:   {type: list, of: {type: object, options: {scheme: {type: enum, values: [v1], required: true}}}}
  headers:   {type: map, of: string}
)",
                                           "dedup/plugin.yaml");

  CHECK(manifest.id == "dedup");
  CHECK(manifest.kind == PluginKind::Transform);
  CHECK(manifest.version == "0.1.0");
  CHECK(manifest.license == "Apache-2.0");
  CHECK(manifest.has_data_dir);
  const OptionSpec& retention = *manifest.options.find("retention");
  CHECK(retention.type == OptionType::Duration);
  CHECK(retention.default_value == "432000000");
  CHECK(retention.min->integer == 60'000);
  CHECK(retention.max->text == "365d");
  CHECK(retention.doc == "how long");
  CHECK(manifest.options.find("max_bytes")->default_value == "268435456");
  CHECK(manifest.options.find("cluster")->is_required);
  CHECK(manifest.options.find("endpoint")->find("url")->is_secret);
  CHECK(manifest.options.find("endpoint")->find("url")->is_hot);
  CHECK(manifest.options.find("signing")->options.at(0).find("scheme")->values == std::vector<std::string>{"v1"});
  CHECK(manifest.options.find("headers")->options.at(0).type == OptionType::String);
  CHECK(manifest.options.find("nothing") == nullptr);
}

TEST_CASE("A plugin without options has none", "[config][manifest]") {
  CHECK(parse_manifest("id: x\nversion: 0.1.0\nkind: source\n", "p").options.options.empty());
  CHECK(parse_manifest("id: x\nversion: 0.1.0\nkind: jobstore\noptions: {}\n", "p").kind == PluginKind::JobStore);
}

TEST_CASE("A manifest that is wrong is refused with its place", "[config][manifest]") {
  struct Case {
    std::string yaml, expected;
  };
  const auto c = GENERATE(values<Case>({
      {"", "expected a mapping with id, version, kind and options, got nothing"},
      {"[a]", "expected a mapping with id, version, kind and options, got a list"},
      {"id: x\nkind: sink\n", "plugin.yaml:1:1: version: is missing"},
      {"id: x\nversion: 0.1.0\n", "kind: is missing"},
      {"id: X!\nversion: 0.1.0\nkind: sink\n", "plugin.yaml:1:5: id: expected up to 64 of a-z"},
      {"id: x\nversion: one\nkind: sink\n", "plugin.yaml:2:10: version: expected three numbers"},
      {"id: x\nversion: 0.1.0\nkind: sinks\n",
       "plugin.yaml:3:7: kind: expected source, transform, sink or jobstore, got \"sinks\" (did you mean \"sink\"?)"},
      {"id: x\nversion: 0.1.0\nkind: sink\noption: {}\n",
       "plugin.yaml:4:1: unknown key \"option\" (did you mean \"options\"?)"},
      {"id: x\nversion: 0.1.0\nkind: sink\noptions: [a]\n", "options: expected a mapping of options, got a list"},
      {"id: x\nversion: 0.1.0\nkind: sink\ndata_dir: \"true\"\n", "data_dir: expected true or false"},
      {"id: x\nid: y\nversion: 0.1.0\nkind: sink\n", "duplicate key \"id\""},
      {with_option("5"), "plugin.yaml:5:6: options.o: unknown type \"5\""},
      {with_option("string"), ""},
      {with_option("[a]"), "expected a mapping such as {type: string"},
      {with_option("{doc: x}"), "options.o: has no type"},
      {with_option("{type: strin}"), "unknown type \"strin\" (did you mean \"string\"?)"},
      {with_option("{type: plugin}"), "unknown type \"plugin\""},
      {with_option("{type: string, requierd: true}"), "unknown property \"requierd\" (did you mean \"required\"?)"},
      {with_option("{type: string, required: yes}"), "options.o.required: expected true or false, got \"yes\""},
      {with_option("{type: string, required: true, default: x}"),
       "options.o.default: an option that is required has no default"},
      {with_option("{type: int, default: \"5\"}"), "options.o.default: expected an integer, got the text \"5\""},
      {with_option("{type: int, default: x}"), "options.o.default: expected an integer, got \"x\""},
      {with_option("{type: int, default: 9, max: 5}"), "options.o.default: expected an integer, at most 5, got \"9\""},
      {with_option("{type: duration, default: 5}"),
       "options.o.default: expected a duration such as 10s or 5m, got \"5\""},
      {with_option("{type: size, default: big}"), "options.o.default: expected a size"},
      {with_option("{type: bool, default: on}"), "options.o.default: expected true or false, got \"on\""},
      {with_option("{type: enum, values: [a], default: b}"), "options.o.default: expected a, got \"b\""},
      {with_option("{type: enum}"), "an enum needs values:"},
      {with_option("{type: enum, values: []}"), "options.o.values: expected a list of texts"},
      {with_option("{type: enum, values: [[a]]}"), "options.o.values: expected a text, got a list"},
      {with_option("{type: string, values: [a]}"), "only an enum has values"},
      {with_option("{type: string, min: 1}"), "options.o.min: an option of type string has no bounds"},
      {with_option("{type: int, min: 5s}"), "options.o.min: expected an integer, got \"5s\""},
      {with_option("{type: int, min: 5, max: 4}"), "min 5 is above max 4"},
      {with_option("{type: float, min: 0.5, max: 0.25}"), "min 0.5 is above max 0.25"},
      {with_option("{type: list}"), "a list needs of:"},
      {with_option("{type: string, of: string}"), "only a list or a map has of:"},
      {with_option("{type: list, of: strin}"), "options.o.of: unknown type \"strin\""},
      {with_option("{type: list, of: int, default: [1, x]}"), "options.o.default: expected an integer, got \"x\""},
      {with_option("{type: object}"), "an object needs options:"},
      {with_option("{type: table, rows: {a: {type: strin}}}"), "options.o.rows.a: unknown type \"strin\""},
      {with_option("{type: string, rows: {}}"), "only a table has rows:"},
      {with_option("{type: string, single: true}"), "only a list has single:"},
      {with_option("{type: string, prefix: a}"), "only base64 has a prefix"},
      {with_option("{type: string, http: a}"), "only a url has http:"},
      {with_option("{type: base64, min: 4, default: YWJj}"),
       "options.o.default: expected base64 of at least 4 bytes, got \"YWJj\""},
      {with_option("{type: object, options: {a: {type: int, default: z}}}"),
       "options.o.a.default: expected an integer, got \"z\""},
      {with_option("{type: string, options: {}}"), "only an object has options:"},
      {with_option("{type: object, options: {}, default: 1}"), "expected no default"},
      {"id: x\nversion: 0.1.0\nkind: sink\noptions:\n  A: {type: int}\n", "an option's name is of a-z"},
      {"id: x\nversion: 0.1.0\nkind: sink\noptions:\n  plugin: {type: int}\n", "the name \"plugin\" is the host's"},
  }));
  CAPTURE(c.yaml);

  const std::string found = problems(c.yaml);

  CHECK_THAT(found, Catch::Contains(c.expected));
  CHECK(found.empty() == c.expected.empty());
}

TEST_CASE("All that is wrong with a manifest is told at once", "[config][manifest]") {
  const std::string found =
      problems("id: x\nversion: one\nkind: sync\noptions:\n  a: {type: nope}\n  b: {type: int, default: z}\n");

  CHECK_THAT(found, Catch::Contains("version:") && Catch::Contains("kind:") && Catch::Contains("options.a") &&
                        Catch::Contains("options.b.default"));
}
