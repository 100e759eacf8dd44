#include "host/config/options.hpp"

#include "tests/unit/config/support.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

TEST_CASE("A plugin gets its options flat, canonical and complete", "[config][options]") {
  const Config config = load_text(
      with_change(R"({text: 5, flag: true, number: 8, ratio: 0.25, retention: 90s, max_bytes: 2MiB, scope: key,
      fields: {a.b: x, c: "1"}, nested: {must: 3}, codes: [404, 500]})"));

  CHECK(change_option(config, "text") == "5");
  CHECK(change_option(config, "flag") == "true");
  CHECK(change_option(config, "number") == "8");
  CHECK(change_option(config, "ratio") == "0.25");
  CHECK(change_option(config, "retention") == "90000");
  CHECK(change_option(config, "max_bytes") == "2097152");
  CHECK(change_option(config, "scope") == "key");
  CHECK(change_option(config, "fields.a.b") == "x");
  CHECK(change_option(config, "fields.c") == "1");
  CHECK(change_option(config, "nested.inner") == "deep");
  CHECK(change_option(config, "nested.must") == "3");
  CHECK(change_option(config, "codes.count") == "2");
  CHECK(change_option(config, "codes.1") == "500");
  CHECK(change_option(config, "plugin") == "(none)");
}

TEST_CASE("Defaults are filled in, also of an object that is absent", "[config][options]") {
  const Config config = load_text(with_change("{}"));

  CHECK(change_option(config, "text") == "(none)");
  CHECK(change_option(config, "flag") == "false");
  CHECK(change_option(config, "number") == "7");
  CHECK(change_option(config, "retention") == "432000000");
  CHECK(change_option(config, "max_bytes") == "268435456");
  CHECK(change_option(config, "nested.inner") == "deep");
  CHECK(change_option(config, "nested.must") == "(none)");
  CHECK(change_option(config, "codes.count") == "2");
  CHECK(change_option(config, "codes.0") == "200");
  CHECK(find(config.connectors[0].sink, "signing.count") != nullptr);
  CHECK(*find(config.connectors[0].sink, "signing.count") == "0");
}

TEST_CASE("Options are typed strictly and the message says what would be right", "[config][options]") {
  struct Case {
    std::string options, expected;
  };
  const auto c = GENERATE(values<Case>({
      {"{number: \"8083\"}",
       "connectors.c.transforms.0.number: expected an integer from 1 to 65535, got the text \"8083\""},
      {"{number: 0x1f93}", "expected an integer from 1 to 65535, got \"0x1f93\""},
      {"{number: 08083}", "expected an integer from 1 to 65535, got \"08083\""},
      {"{number: 70000}", "expected an integer from 1 to 65535, got \"70000\""},
      {"{number: -1}", "expected an integer from 1 to 65535, got \"-1\""},
      {"{number: 1e3}", "expected an integer from 1 to 65535, got \"1e3\""},
      {"{number: 1_000}", "expected an integer from 1 to 65535"},
      {"{number: 99999999999999999999}", "expected an integer from 1 to 65535"},
      {"{number: [1]}", "expected an integer from 1 to 65535, got a list"},
      {"{number: }", "expected an integer from 1 to 65535, got nothing"},
      {"{number: ~}", "expected an integer from 1 to 65535, got nothing"},
      {"{flag: no}", "connectors.c.transforms.0.flag: expected true or false, got \"no\""},
      {"{flag: NO}", "expected true or false, got \"NO\""},
      {"{flag: off}", "expected true or false, got \"off\""},
      {"{flag: \"true\"}", "expected true or false, got the text \"true\""},
      {"{flag: True}", "expected true or false, got \"True\""},
      {"{flag: 1}", "expected true or false, got \"1\""},
      {"{ratio: \"0.5\"}", "expected a number from 0 to 1, got the text \"0.5\""},
      {"{ratio: 1.5}", "expected a number from 0 to 1"},
      {"{ratio: .5}", "expected a number from 0 to 1"},
      {"{ratio: .nan}", "expected a number from 0 to 1"},
      {"{ratio: 1e999}", "expected a number from 0 to 1"},
      {"{retention: 10}", "expected a duration such as 10s or 5m from 1m to 365d, got \"10\""},
      {"{retention: 10 s}", "expected a duration such as 10s or 5m from 1m to 365d, got \"10 s\""},
      {"{retention: -5s}", "expected a duration"},
      {"{retention: 999999h}", "expected a duration such as 10s or 5m from 1m to 365d, got \"999999h\""},
      {"{retention: 1s}", "expected a duration"},
      {"{max_bytes: \"4194304\"}", "expected a size such as 512KiB or 64MiB, at least 1MiB, got the text"},
      {"{max_bytes: 1}", "expected a size"},
      {"{max_bytes: 1 MiB}", "expected a size"},
      {"{max_bytes: 17179869183GiB}", "expected a size"},
      {"{scope: keys}",
       "connectors.c.transforms.0.scope: expected one of partition, key, job (did you mean \"key\"?), got \"keys\""},
      {"{scope: Key}", "(did you mean \"key\"?)"},
      {"{text: [a]}", "expected a text, got a list"},
      {"{text: ~}", "expected a text, got nothing"},
      {"{fields: x}", "connectors.c.transforms.0.fields: expected a mapping, got \"x\""},
      {"{fields: {a: [1]}}", "connectors.c.transforms.0.fields.a: expected a text, got a list"},
      {"{nested: {}}", "connectors.c.transforms.0.nested: needs the option \"must\": an integer"},
      {"{nested: {must: 1, iner: x}}",
       "connectors.c.transforms.0.nested: unknown option \"iner\" (did you mean \"inner\"?)"},
      {"{nested: 5}", "connectors.c.transforms.0.nested: expected a mapping, got \"5\""},
      {"{codes: 404}", "connectors.c.transforms.0.codes: expected a list, got \"404\"; write [404]"},
      {"{codes: [404, 99]}", "connectors.c.transforms.0.codes.1: expected an integer from 100 to 599, got \"99\""},
      {"{nubmer: 5}", "a.yaml:5:26: connectors.c.transforms.0: unknown option \"nubmer\" (did you mean \"number\"?)"},
      {"{completely_else: 5}", "unknown option \"completely_else\""},
      {"{nested.must: 1, nested: {must: 2}}",
       "connectors.c.transforms.0.nested: duplicate key \"must\", first at a.yaml:5:51"},
      {"{nested.must.more: 1}", "unknown option \"must.more\""},
  }));
  CAPTURE(c.options);

  CHECK_THAT(problems_of(with_change(c.options)), Catch::Contains(c.expected));
}

TEST_CASE("A quoted duration or size can be nothing else, so it is one", "[config][options]") {
  const Config config = load_text(with_change("{retention: \"90s\", max_bytes: '2MiB', scope: \"key\"}"));

  CHECK(change_option(config, "retention") == "90000");
  CHECK(change_option(config, "max_bytes") == "2097152");
  CHECK(change_option(config, "scope") == "key");
}

TEST_CASE("The dotted spelling means the nested option", "[config][options]") {
  const Config config = load_text(with_change("{nested.must: 4, nested.inner: x, fields.a.b: y}"));

  CHECK(change_option(config, "nested.must") == "4");
  CHECK(change_option(config, "nested.inner") == "x");
  CHECK(change_option(config, "fields.a.b") == "y");
}

TEST_CASE("A reference may stand for any type, and stays out of messages", "[config][options]") {
  FakeSecrets secrets;
  secrets.environment = {{"N", "9"}, {"T", "x\nadmin: true"}, {"BAD", "canary"}};
  const Config config = load_text(with_change("{number: \"${env:N}\", text: \"a ${env:T}\"}"), secrets);
  CHECK(change_option(config, "number") == "9");
  CHECK(change_option(config, "text") == "a x\nadmin: true");
  CHECK(change_option(config, "flag") == "false");

  const std::string found =
      problems_of(with_change("{number: \"${env:BAD}\", scope: \"${env:BAD}\", text: \"${env:NOPE}\"}"), secrets);
  CHECK_THAT(found, Catch::Contains("expected an integer from 1 to 65535, got the value of \"${env:BAD}\""));
  CHECK_THAT(found, Catch::Contains("a.yaml:5:75: connectors.c.transforms.0.text: reference \"${env:NOPE}\": "
                                    "environment variable NOPE is not set"));
  CHECK_THAT(found, !Catch::Contains("canary"));
}

TEST_CASE("Secrets are masked, whether the schema or a reference makes them so", "[config][options]") {
  FakeSecrets secrets;
  secrets.environment = {{"U", "https://canary-one"}};
  const Config config = load_text(R"(
connectors:
  c:
    source: {plugin: source-test, start: "a b"}
    sink: {plugin: sink-test, url: "${env:U}", secret: canary-two, signing: [{scheme: v1, pin: 77}]}
)",
                                  secrets);

  const std::string shown = masked(config.connectors[0].sink.options);

  CHECK(shown == "secret=****** signing.0.pin=****** signing.0.scheme=v1 signing.count=1 url=******");
  CHECK(*find(config.connectors[0].sink, "secret") == "canary-two");
  CHECK(masked(config.connectors[0].source.options) == "start=\"a b\" topics.count=0");
}

TEST_CASE("A wrong secret is not repeated", "[config][options]") {
  const std::string found = problems_of(R"(
connectors:
  c:
    source: {plugin: source-test}
    sink: {plugin: sink-test, url: x, signing: [{scheme: v1, pin: 987654}]}
)");

  CHECK_THAT(found, Catch::Contains("connectors.c.sink.signing.0.pin: expected an integer from 1 to 9999") &&
                        !Catch::Contains("987654"));
}

TEST_CASE("Options marked hot are told apart", "[config][options]") {
  const Config config = load_text(with_change("{}"));
  for (const auto& option : config.connectors[0].sink.options) CHECK(option.is_hot == (option.name == "url"));
}

TEST_CASE("A plugin's refusal stands at the option's place", "[config][options]") {
  const Config config = load_text(
      "connectors:\n  c:\n    source: {plugin: source-test}\n    sink: {plugin: sink-test, url: x,\n      signing: "
      "[{scheme: v1}]}\n");
  const PluginUse& sink = config.connectors[0].sink;

  CHECK(format(refusal(sink, "url", "is no URL")) == "a.yaml:4:36: connectors.c.sink.url: is no URL");
  CHECK(format(refusal(sink, "signing.0.key", "is missing")) ==
        "a.yaml:5:26: connectors.c.sink.signing.0.key: is missing");
  CHECK(format(refusal(sink, "", "cannot")) == "a.yaml:4:11: connectors.c.sink: cannot");
  CHECK(format(refusal(sink, "other", "cannot")) == "a.yaml:4:11: connectors.c.sink.other: cannot");
}
