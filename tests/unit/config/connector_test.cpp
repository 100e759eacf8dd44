#include "tests/unit/config/support.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace reprise::config;
using namespace reprise::config::test;
using namespace std::chrono_literals;

namespace {

// A connector c with these further lines.
std::string connector(const std::string& lines) {
  return "connectors:\n  c:\n    source: {plugin: source-test}\n    sink: {plugin: sink-test, url: u}\n" + lines;
}

std::string fingerprint_of(const std::string& lines) {
  return load_text(connector(lines)).connectors.at(0).fingerprint;
}

}  // namespace

TEST_CASE("A connector is typed", "[config][connector]") {
  const ConnectorConfig c = load_text(R"(
connectors:
  orders-eu:
    mode: replay
    tasks_max: 3
    source: {plugin: source-test, topics: [a, b]}
    transforms: [{plugin: change, number: 2}, {plugin: change}]
    sink: {plugin: sink-test, url: u}
    errors:
      tolerance: all
      retry: {initial: 2s, multiplier: 1.5, max: 20s, jitter: none, attempts: 0, max_elapsed: 1h}
      dead_letter: {plugin: sink-test, url: dead}
      endpoint: {share: 0.25, max_records: 1000, overflow: block}
    max_in_flight: 64
    max_in_flight_bytes: 1MiB
    max_held_bytes: 2MiB
    commit: {max_outcomes: 10, interval: 5ms}
    jobs_max: 9
    stall_after: 5s
    restart: {initial: 2s, multiplier: 3, max: 9s, attempts: 4}
)")
                                .connectors.at(0);

  CHECK(c.name == "orders-eu");
  CHECK(c.mode == ConnectorConfig::Mode::Replay);
  CHECK(c.tasks_max == 3);
  CHECK(c.source.plugin == "source-test");
  CHECK(*find(c.source, "topics.1") == "b");
  REQUIRE(c.transforms.size() == 2);
  CHECK(*find(c.transforms[0], "number") == "2");
  CHECK(c.transforms[1].path == "connectors.orders-eu.transforms.1");
  CHECK(*find(c.sink, "url") == "u");
  CHECK(c.errors.tolerate_all);
  CHECK(c.errors.retry.initial == 2s);
  CHECK(c.errors.retry.multiplier == 1.5);
  CHECK(c.errors.retry.max == 20s);
  CHECK_FALSE(c.errors.retry.full_jitter);
  CHECK(c.errors.retry.attempts == 0);
  CHECK(c.errors.retry.max_elapsed == 1h);
  CHECK(*find(c.errors.dead_letter.value(), "url") == "dead");
  CHECK(c.errors.endpoint_share == 0.25);
  CHECK(c.errors.endpoint_max_records == 1000u);
  CHECK(c.errors.endpoint_overflow == ErrorPolicy::Overflow::Block);
  CHECK(c.max_in_flight == 64);
  CHECK(c.max_in_flight_bytes == 1u << 20);
  CHECK(c.max_held_bytes == 2u << 20);
  CHECK(c.commit_max_outcomes == 10);
  CHECK(c.commit_interval == 5ms);
  CHECK(c.jobs_max == 9);
  CHECK(c.stall_after == 5s);
  CHECK(c.restart.initial == 2s);
  CHECK(c.restart.multiplier == 3);
  CHECK(c.restart.max == 9s);
  CHECK(c.restart.attempts == 4);
}

TEST_CASE("What a connector leaves out is as its type says", "[config][connector]") {
  const ConnectorConfig expected;
  const ConnectorConfig c = load_text(connector("")).connectors.at(0);

  CHECK(c.mode == expected.mode);
  CHECK(c.tasks_max == expected.tasks_max);
  CHECK(c.transforms.empty());
  CHECK(c.errors.tolerate_all == expected.errors.tolerate_all);
  CHECK(c.errors.retry.initial == expected.errors.retry.initial);
  CHECK(c.errors.retry.multiplier == expected.errors.retry.multiplier);
  CHECK(c.errors.retry.max == expected.errors.retry.max);
  CHECK(c.errors.retry.full_jitter == expected.errors.retry.full_jitter);
  CHECK(c.errors.retry.attempts == expected.errors.retry.attempts);
  CHECK(c.errors.retry.max_elapsed == expected.errors.retry.max_elapsed);
  CHECK_FALSE(c.errors.dead_letter.has_value());
  CHECK(c.errors.endpoint_share == expected.errors.endpoint_share);
  CHECK(c.errors.endpoint_max_records == expected.errors.endpoint_max_records);
  CHECK(c.errors.endpoint_overflow == expected.errors.endpoint_overflow);
  CHECK(c.max_in_flight == expected.max_in_flight);
  CHECK(c.max_in_flight_bytes == expected.max_in_flight_bytes);
  CHECK(c.max_held_bytes == expected.max_held_bytes);
  CHECK(c.commit_max_outcomes == expected.commit_max_outcomes);
  CHECK(c.commit_interval == expected.commit_interval);
  CHECK(c.jobs_max == expected.jobs_max);
  CHECK(c.stall_after == expected.stall_after);
  CHECK(c.restart.initial == expected.restart.initial);
  CHECK(c.restart.multiplier == expected.restart.multiplier);
  CHECK(c.restart.max == expected.restart.max);
  CHECK(c.restart.attempts == expected.restart.attempts);
}

TEST_CASE("A dead letter sink takes what an endpoint cannot hold, unless told otherwise", "[config][connector]") {
  const auto overflow = [](const std::string& lines) {
    return load_text(connector(lines)).connectors.at(0).errors.endpoint_overflow;
  };

  CHECK(overflow("") == ErrorPolicy::Overflow::Block);
  CHECK(overflow("    errors: {dead_letter: {plugin: sink-test, url: d}}\n") == ErrorPolicy::Overflow::DeadLetter);
  CHECK(overflow("    errors: {dead_letter: {plugin: sink-test, url: d}, endpoint: {overflow: block}}\n") ==
        ErrorPolicy::Overflow::Block);
}

TEST_CASE("Kafka Connect's spelling is accepted where it means the same", "[config][connector]") {
  const ConnectorConfig c = load_text(R"(
connectors:
  c:
    tasks.max: 3
    source.plugin: source-test
    source.start: earliest
    sink: {plugin: sink-test}
    sink.url: u
    errors.tolerance: all
    errors.retry.initial: 5s
    errors.dead_letter.plugin: sink-test
    errors.dead_letter.url: d
    commit.interval: 7ms
)")
                                .connectors.at(0);

  CHECK(c.tasks_max == 3);
  CHECK(*find(c.source, "start") == "earliest");
  CHECK(*find(c.sink, "url") == "u");
  CHECK(c.errors.tolerate_all);
  CHECK(c.errors.retry.initial == 5s);
  CHECK(*find(c.errors.dead_letter.value(), "url") == "d");
  CHECK(c.commit_interval == 7ms);
}

TEST_CASE("A connector that is wrong is refused", "[config][connector]") {
  struct Case {
    std::string lines, expected;
  };
  const auto c = GENERATE(values<Case>({
      {"    mode: replays\n",
       "connectors.c.mode: expected one of live, replay (did you mean \"replay\"?), got \"replays\""},
      {"    task_max: 2\n", "a.yaml:5:5: connectors.c: unknown option \"task_max\" (did you mean \"tasks_max\"?)"},
      {"    task.max: 2\n", "connectors.c: unknown option \"task.max\" (did you mean \"tasks_max\"?)"},
      {"    tasks.max: 2\n    tasks_max: 2\n", "connectors.c: duplicate key \"tasks_max\", first at a.yaml:6:5"},
      {"    errors: {tolerance: all}\n    errors.tolerance: none\n",
       "connectors.c.errors: duplicate key \"tolerance\", first at a.yaml:5:14"},
      {"    errors: 5\n    errors.tolerance: none\n", "connectors.c.errors: expected a mapping, got \"5\""},
      {"    isolation: process\n", "connectors.c.isolation: process is not available in this version"},
      {"    transforms: {plugin: change}\n", "connectors.c.transforms: expected a list, got a mapping"},
      {"    transforms: [change]\n",
       "connectors.c.transforms.0: expected a mapping such as {plugin: dedup, ...}, got \"change\""},
      {"    transforms: [{number: 1}]\n", "connectors.c.transforms.0: needs plugin: the id of a transform plugin"},
      {"    transforms: [{plugin: chnge}]\n",
       "a.yaml:5:27: connectors.c.transforms.0.plugin: there is no plugin \"chnge\" (did you mean \"change\"?)"},
      {"    transforms: [{plugin: sink-test, url: u}]\n",
       "connectors.c.transforms.0.plugin: \"sink-test\" is a sink, not a transform"},
      {"    errors: {tolerance: all}\n", "connectors.c.errors: tolerance: all needs dead_letter"},
      {"    errors: {endpoint: {overflow: dead_letter}}\n",
       "connectors.c.errors.endpoint.overflow: dead_letter needs errors.dead_letter"},
      {"    errors: {endpoint: {share: 0}}\n", "connectors.c.errors.endpoint.share: expected a number from 0.001 to 1"},
      {"    errors: {dead_letter: {plugin: sink-test}}\n",
       "connectors.c.errors.dead_letter: needs the option \"url\": a text"},
      {"    errors: {retry: {initial: 10s, max: 5s}}\n", "connectors.c.errors.retry: max 5s is below initial 10s"},
      {"    errors: {retry: {initial: 10m}}\n", "connectors.c.errors.retry: max 5m is below initial 10m"},
      {"    restart: {initial: 10m}\n", "connectors.c.restart: max 5m is below initial 10m"},
      {"    errors: {retry: {jiter: full}}\n",
       "connectors.c.errors.retry: unknown option \"jiter\" (did you mean \"jitter\"?)"},
  }));
  CAPTURE(c.lines);

  CHECK_THAT(problems_of(connector(c.lines)), Catch::Contains(c.expected));
}

TEST_CASE("A connector without its two ends is refused", "[config][connector]") {
  const std::string found = problems_of("connectors:\n  a: {}\n  b: x\n");

  CHECK_THAT(found, Catch::Contains("connectors.a: needs the option \"source\"") &&
                        Catch::Contains("connectors.a: needs the option \"sink\""));
  CHECK_THAT(found, Catch::Contains("connectors.b: expected a mapping, got \"x\""));
}

TEST_CASE("A replay that goes on after failures needs a place for them too", "[config][connector]") {
  CHECK_THAT(problems_of(connector("    mode: replay\n    errors: {tolerance: all}\n")),
             Catch::Contains("tolerance: all needs dead_letter"));
}

TEST_CASE("Options may refer only to what is declared", "[config][connector]") {
  const std::string found = problems_of(R"(
kafka: {main: {bootstrap_servers: "a:1"}}
tables: {webhooks: {}}
connectors:
  c:
    source: {plugin: source-test, cluster: mian}
    sink: {plugin: sink-test, url: u, table: webhook}
)");

  CHECK_THAT(found,
             Catch::Contains(
                 "connectors.c.source.cluster: there is no cluster \"mian\" under kafka: (did you mean \"main\"?)"));
  CHECK_THAT(found,
             Catch::Contains(
                 "connectors.c.sink.table: there is no table \"webhook\" under tables: (did you mean \"webhooks\"?)"));
}

TEST_CASE("Without any plugin the message says where they are looked for", "[config][connector]") {
  FakeSecrets secrets;
  const Document documents[] = {{"a.yaml", connector("")}};
  const ManifestLookup nothing = [](std::string_view, std::vector<std::string>*) -> const Manifest* { return nullptr; };

  CHECK_THAT(problems_of_call([&] { load(documents, nothing, secrets); }),
             Catch::Contains("no plugin was found, see worker.plugin_path"));
}

TEST_CASE("The fingerprint changes with what a connector says, not with where it stands", "[config][connector]") {
  const std::string plain = fingerprint_of("");

  CHECK(plain.size() == 64);
  CHECK(plain == load_text("# moved\n\n" + connector("    tasks_max: 1\n")).connectors.at(0).fingerprint);
  CHECK(plain != fingerprint_of("    tasks_max: 2\n"));
  CHECK(plain != fingerprint_of("    mode: replay\n"));
  CHECK(plain != fingerprint_of("    transforms: [{plugin: change}]\n"));
  CHECK(plain != fingerprint_of("    errors: {retry: {attempts: 3}}\n"));
  CHECK(plain != fingerprint_of("    errors: {retry: {max_elapsed: 1h}}\n"));
  CHECK(plain != fingerprint_of("    errors: {dead_letter: {plugin: sink-test, url: d}}\n"));
  CHECK(plain != fingerprint_of("    errors: {endpoint: {max_records: 3}}\n"));
  CHECK(plain != fingerprint_of("    commit: {interval: 21ms}\n"));
  CHECK(plain != fingerprint_of("    max_held_bytes: 1MiB\n"));
  CHECK(plain != fingerprint_of("    jobs_max: 5\n"));
  CHECK(plain != fingerprint_of("    stall_after: 5s\n"));
  CHECK(plain != fingerprint_of("    restart: {attempts: 5}\n"));
}

TEST_CASE("A renewed certificate changes the fingerprint, although its path is the same", "[config][connector]") {
  char path[] = "/tmp/reprise-certificate-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  close(fd);
  const std::string lines = "    errors: {dead_letter: {plugin: sink-test, url: " + std::string(path) + "}}\n";
  std::ofstream(path) << "old";
  const std::string before = fingerprint_of(lines);

  std::ofstream(path) << "new";

  CHECK(fingerprint_of(lines) != before);
  std::filesystem::remove(path);
}

TEST_CASE("A rotated secret changes the fingerprint, and is a hot change", "[config][connector]") {
  const std::string text =
      "connectors:\n  c:\n    source: {plugin: source-test}\n    sink: {plugin: sink-test, url: u, secret: "
      "\"${env:S}\"}\n";
  FakeSecrets secrets;
  secrets.environment["S"] = "one";
  const ConnectorConfig before = load_text(text, secrets).connectors.at(0);
  secrets.environment["S"] = "two";
  const ConnectorConfig after = load_text(text, secrets).connectors.at(0);

  CHECK(before.fingerprint != after.fingerprint);
  CHECK(before.cold_fingerprint == after.cold_fingerprint);
  CHECK(before.cold_fingerprint != load_text(connector("    tasks_max: 2\n")).connectors.at(0).cold_fingerprint);
}
