#include "tests/unit/config/support.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

namespace {

std::vector<std::string> texts(const std::vector<reprise::AddressRange>& ranges) {
  std::vector<std::string> texts;
  for (const reprise::AddressRange& range : ranges) texts.push_back(range.text());
  return texts;
}

}  // namespace

TEST_CASE("The worker section is typed", "[config][worker]") {
  const WorkerConfig worker = load_text(R"(
worker:
  id: worker-1
  cluster_id: demo
  state_dir: /tmp/x/../state
  plugin_path: [/a, b]
  outgoing:
    allow_cidrs: ["127.0.0.0/8", "fd00::/8"]
    deny_cidrs: [127.0.0.53/32]
    ports: [443, 8000-8999]
    nat64_prefixes: ["64:ff9b::/96"]
  shards: 2
  drain_deadline: 5s
  log: {level: debug, format: json}
)")
                                  .worker;

  CHECK(worker.id == "worker-1");
  CHECK(worker.cluster_id == "demo");
  CHECK(worker.state_dir == "/tmp/state");
  REQUIRE(worker.plugin_path.size() == 2);
  CHECK(worker.plugin_path[0] == "/a");
  CHECK(worker.plugin_path[1] == std::filesystem::current_path() / "b");
  CHECK(texts(worker.outgoing.allow) == std::vector<std::string>{"127.0.0.0/8", "fd00::/8"});
  CHECK(texts(worker.outgoing.deny) == std::vector<std::string>{"127.0.0.53/32"});
  CHECK(worker.outgoing.ports == std::vector<reprise::PortRange>{{443, 443}, {8000, 8999}});
  CHECK(texts(worker.outgoing.nat64) == std::vector<std::string>{"64:ff9b::/96"});
  CHECK(worker.shards == 2);
  CHECK(worker.drain_deadline == std::chrono::seconds(5));
  CHECK(worker.log_level == "debug");
  CHECK(worker.log_json);
}

TEST_CASE("What the worker section leaves out is as its type says", "[config][worker]") {
  const WorkerConfig expected;
  const WorkerConfig worker = load_text("worker: {}\n").worker;

  CHECK_FALSE(worker.id.empty());
  CHECK(worker.cluster_id == expected.cluster_id);
  CHECK(worker.state_dir == expected.state_dir);
  CHECK(worker.plugin_path.empty());
  CHECK(worker.outgoing.allow.empty());
  CHECK(worker.outgoing.deny.empty());
  CHECK(worker.outgoing.ports.empty());
  CHECK(worker.outgoing.nat64.empty());
  CHECK(worker.shards == expected.shards);
  CHECK(worker.drain_deadline == expected.drain_deadline);
  CHECK(worker.log_level == expected.log_level);
  CHECK(worker.log_json == expected.log_json);
}

TEST_CASE("A section that is wrong is refused", "[config][sections]") {
  struct Case {
    std::string yaml, expected;
  };
  const auto c = GENERATE(values<Case>({
      {"", "a.yaml: empty; at least a connector or a worker section is needed"},
      {"- a\n", "a.yaml:1:1: expected a mapping with worker, kafka, tables or connectors, got a list"},
      {"x\n", "a.yaml:1:1: expected a mapping with worker, kafka, tables or connectors, got \"x\""},
      {"conectors: {}\n", "a.yaml:1:1: unknown section \"conectors\" (did you mean \"connectors\"?)"},
      {"worker: [a]\n", "a.yaml:1:9: worker: expected a mapping, got a list"},
      {"worker: {shard: 1}\n", "a.yaml:1:10: worker: unknown option \"shard\" (did you mean \"shards\"?)"},
      {"worker: {shards: 0}\n", "worker.shards: expected an integer from 1 to 256, got \"0\""},
      {"worker: {id: \"\"}\n", "worker.id: must not be empty"},
      {"worker: {log: {level: loud}}\n", "worker.log.level: expected one of debug, info, warn, error, got \"loud\""},
      {"worker: {outgoing: {allow_cidrs: [10.0.0.1/8]}}\n",
       "worker.outgoing.allow_cidrs: expected a range such as 10.0.0.0/8 or fd00::/8, got \"10.0.0.1/8\""},
      {"worker: {outgoing: {deny_cidrs: [10.0.0.0/8, 10.0.0.1]}}\n",
       "worker.outgoing.deny_cidrs: expected a range such as 10.0.0.0/8 or fd00::/8, got \"10.0.0.1\""},
      {"worker: {outgoing: {ports: [443, 0]}}\n",
       "worker.outgoing.ports: expected a port from 1 to 65535, or two as in 8000-8999, got \"0\""},
      {"worker: {outgoing: {ports: [9000-8000]}}\n", "two as in 8000-8999, got \"9000-8000\""},
      {"worker: {outgoing: {ports: [80-]}}\n", "two as in 8000-8999, got \"80-\""},
      {"worker: {outgoing: {ports: [65536]}}\n", "two as in 8000-8999, got \"65536\""},
      {"worker: {outgoing: {nat64_prefixes: [10.0.0.0/8]}}\n",
       "worker.outgoing.nat64_prefixes: expected an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits such as "
       "2001:db8:64::/96, got \"10.0.0.0/8\""},
      {"worker: {outgoing: {nat64_prefixes: [\"2001:db8::/72\"]}}\n", "64 or 96 bits such as"},
      {"rest: {listen: \"0.0.0.0:8083\"}\n",
       "a.yaml:1:16: rest.listen: refuse to listen on \"0.0.0.0:8083\" without authentication"},
      {"rest: {listen: \"[::]:8083\"}\n", "without authentication"},
      {"rest: {listen: \"example.com:8083\"}\n", "without authentication"},
      {"rest: {listen: 8083}\n", "expected address:port such as 127.0.0.1:8083, got \"8083\""},
      {"rest: {listen: \"127.0.0.1:70000\"}\n", "expected address:port"},
      {"rest: {listen: \"::1:80\"}\n", "expected address:port"},
      {"coordination: {kind: kafka, cluster: main}\n",
       "a.yaml:1:22: coordination.kind: kafka is not available in this version"},
      {"coordination: {kind: local, topic: x}\n", "coordination.topic: has no use with kind: local"},
      {"kafka: {main: {}}\n", "kafka.main: needs the option \"bootstrap_servers\""},
      {"kafka: {main: x}\n", "kafka.main: expected a mapping, got \"x\""},
      {"kafka: {main: {bootstrap_servers: localhost}}\n",
       "kafka.main.bootstrap_servers: expected host:port, several separated by commas, got \"localhost\""},
      {"kafka: {main: {bootstrap_servers: \"a:1,b\"}}\n", "got \"b\""},
      {"kafka: {main: {bootstrap_servers: \"a:1\", security_protocol: sasl_ssl}}\n", "(did you mean \"SASL_SSL\"?)"},
      {"kafka: {main: {bootstrap_servers: \"a:1\", security_protocol: SASL_SSL, sasl_mechanism: PLAIN, sasl_username: "
       "u}}\n",
       "kafka.main: security_protocol SASL_SSL needs sasl_password"},
      {"kafka: {main: {bootstrap_servers: \"a:1\", sasl_mechanism: GSSAPI}}\n",
       "expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"},
      {"kafka: {main: {bootstrap_servers: \"a:1\", sasl_password: canary}}\n",
       "kafka.main.sasl_password: has no use with security_protocol PLAINTEXT"},
      {"kafka: {main: {bootstrap_servers: \"a:1\", ca: /etc/hosts}}\n",
       "kafka.main.ca: has no use with security_protocol PLAINTEXT"},
      {"kafka: {main: {bootstrap_servers: \"a:1\", security_protocol: SSL, certificate: /x}}\n",
       "kafka.main: certificate and key are needed together"},
      {"kafka: {main: {bootstrap_servers: \"a:1\", client: {fetch.min.bytes: [1]}}}\n",
       "kafka.main.client.fetch.min.bytes: expected a text, got a list"},
      {"kafka: {main: {bootstrap_server: \"a:1\"}}\n",
       "unknown option \"bootstrap_server\" (did you mean \"bootstrap_servers\"?)"},
      {"tables: {webhooks: [a]}\n", "tables.webhooks: expected a mapping from keys to rows, got a list"},
      {"tables: {webhooks: {\"42\": x}}\n", "a.yaml:1:27: tables.webhooks.42: expected a mapping, got \"x\""},
      {"tables: {webhooks: {\"42\": }}\n", "tables.webhooks.42: has no value"},
      {"tables: {t: {\"42\": {secret: \"${env:NOPE}\"}}}\nconnectors: {c: {source: {plugin: source-test}, sink: "
       "{plugin: sink-test, url: u, table: t}}}\n",
       "tables.t.42.secret: reference \"${env:NOPE}\": environment variable NOPE is not set"},
      {"tables: {\"a\\nb\": {}}\n", "tables: the name \"a\\nb\" holds a control character"},
      {"connectors: {\"" + std::string(300, 'n') + "\": {}}\n", "has 300 bytes; the limit is 255"},
  }));
  CAPTURE(c.yaml);

  const std::string found = problems_of(c.yaml);

  CHECK_THAT(found, Catch::Contains(c.expected));
  CHECK_THAT(found, !Catch::Contains("canary"));
}

TEST_CASE("The server listens on loopback only", "[config][rest]") {
  CHECK_FALSE(load_text("rest: {}\n").rest.listen.has_value());
  const auto v4 = load_text("rest: {listen: \"127.0.0.1:8083\"}\n").rest.listen.value();
  CHECK(v4.host == "127.0.0.1");
  CHECK(v4.port == 8083);
  CHECK(load_text("rest: {listen: \"localhost:0\"}\n").rest.listen->host == "127.0.0.1");
  CHECK(load_text("rest: {listen: \"[::1]:8083\"}\n").rest.listen->host == "::1");
}

TEST_CASE("A cluster is typed, and its options go to the plugins that use it", "[config][kafka]") {
  FakeSecrets secrets;
  secrets.files = {{"/run/kafka:main", "p4ss"}};
  const Config config = load_text(R"(
kafka:
  main:
    bootstrap_servers: "a:9092,b:9093"
    security_protocol: SASL_SSL
    sasl_mechanism: SCRAM-SHA-512
    sasl_username: reprise
    sasl_password: ${file:/run/kafka:main}
    ca: /etc/passwd
    certificate: /etc/group
    key: /etc/hosts
    key_password: "7"
    client_rack: rack-1
    client: {fetch.min.bytes: 5, socket.keepalive.enable: true}
connectors:
  c:
    source: {plugin: source-test, cluster: main, client: {fetch.wait.max.ms: 100}}
    sink: {plugin: sink-test, url: u}
)",
                                  secrets);

  const ClusterConfig& cluster = config.clusters.at("main");
  CHECK(cluster.bootstrap_servers == "a:9092,b:9093");
  CHECK(cluster.security_protocol == "SASL_SSL");
  CHECK(cluster.sasl_mechanism == "SCRAM-SHA-512");
  CHECK(cluster.sasl_username == "reprise");
  CHECK(cluster.sasl_password == "p4ss");
  CHECK(cluster.ca == "/etc/passwd");
  CHECK(cluster.certificate == "/etc/group");
  CHECK(cluster.key == "/etc/hosts");
  CHECK(cluster.key_password == "7");
  CHECK(cluster.client_rack == "rack-1");
  CHECK(cluster.client ==
        std::map<std::string, std::string>{{"fetch.min.bytes", "5"}, {"socket.keepalive.enable", "true"}});

  const PluginUse& source = config.connectors[0].source;
  CHECK(*find(source, "cluster") == "main");
  CHECK(*find(source, "cluster.bootstrap_servers") == "a:9092,b:9093");
  CHECK(*find(source, "cluster.security_protocol") == "SASL_SSL");
  CHECK(*find(source, "cluster.sasl_password") == "p4ss");
  CHECK(*find(source, "cluster.client.fetch.min.bytes") == "5");
  CHECK(*find(source, "client.fetch.wait.max.ms") == "100");
  CHECK_THAT(masked(source.options), Catch::Contains("cluster.sasl_password=******") &&
                                         Catch::Contains("cluster.key_password=******") &&
                                         Catch::Contains("cluster.sasl_username=reprise") && !Catch::Contains("p4ss"));
}

TEST_CASE("Client options are judged by the rule, at a cluster and at a connector", "[config][kafka]") {
  FakeSecrets secrets;
  secrets.environment = {{"BUFFER", "s3cret"}};
  const Document documents[] = {{"a.yaml", R"(
kafka:
  main: {bootstrap_servers: "a:1", client: {bad.here: 1, good: 2}}
connectors:
  c:
    source: {plugin: source-test, cluster: main, client: {bad.there: "${env:BUFFER}"}}
    sink: {plugin: sink-test, url: u}
)"}};
  const ClientRule rule = [](const std::string& property, const std::string& value) {
    return property.starts_with("bad.") ? "is not allowed to be " + value : std::string();
  };

  const std::string problems = problems_of_call([&] { load(documents, test_lookup(), secrets, rule); });

  CHECK(problems ==
        "a.yaml:3:55: kafka.main.client.bad.here: is not allowed to be 1\n"
        "a.yaml:6:70: connectors.c.source.client.bad.there: is not allowed to be ******");
}

TEST_CASE("A plugin that needs no cluster takes no client options", "[config][kafka]") {
  CHECK_THAT(problems_of("connectors:\n  c:\n    source: {plugin: source-test}\n    sink: {plugin: sink-test, url: u, "
                         "client: {a: b}}\n"),
             Catch::Contains("connectors.c.sink: unknown option \"client\""));
}

TEST_CASE("A table's rows become JSON with their secrets", "[config][tables]") {
  FakeSecrets secrets;
  secrets.files = {{"/run/w:42", "s\"x"}};
  const Config config = load_text(R"(
tables:
  webhooks:
    "42": {text: "${env:NONE}", secret: "${file:/run/w:42}", limit: 5, tags: [a, "1"]}
    43: {text: 7, limit: }
  plain:
    a: {b: "${env:NONE}", "c.d": [1, "1", true, null]}
connectors:
  c: {source: {plugin: source-test}, sink: {plugin: sink-test, url: u, table: webhooks}}
)",
                                  secrets);

  const TableConfig& webhooks = config.tables.at("webhooks");
  CHECK(webhooks.rows.at(0).json == R"({"text":"${env:NONE}","secret":"s\"x","limit":5,"tags":["a","1"]})");
  CHECK(webhooks.rows.at(1).json == R"({"text":"7"})");
  CHECK(config.tables.at("plain").rows.at(0).json == R"({"b":"${env:NONE}","c.d":[1,"1",true,null]})");
}

TEST_CASE("Each connector's plugin is asked about the rows that it uses", "[config][tables]") {
  const std::string yaml = "tables: {t: {a: {text: x, pin: 5}}}\nconnectors:\n";
  const std::string signs =
      "{source: {plugin: source-test}, sink: {plugin: sink-test, url: u, table: t, signing: "
      "[{scheme: v1}]}}\n";
  const std::string signs_not = "{source: {plugin: source-test}, sink: {plugin: sink-test, url: u, table: t}}\n";

  CHECK(problems_of(yaml + "  a: " + signs) == "");
  CHECK(problems_of(yaml + "  a: " + signs + "  b: " + signs_not) ==
        "a.yaml:1:32: tables.t.a.pin: would not be used, because connectors.b.sink has no \"signing\"; give it that "
        "option, or leave this away");
}
