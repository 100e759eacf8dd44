#include "lib/kafka/conf.hpp"

#include <catch2/catch.hpp>

using namespace reprise::kafka;

namespace {
ClusterOptions plain() {
  ClusterOptions cluster;
  cluster.bootstrap_servers = "localhost:9092";
  return cluster;
}
ClusterOptions scram() {
  ClusterOptions cluster = plain();
  cluster.security_protocol = "SASL_PLAINTEXT";
  cluster.sasl_mechanism = "scram-sha-512";
  cluster.sasl_username = "alice";
  cluster.sasl_password = "secret";
  return cluster;
}
}  // namespace

TEST_CASE("A cluster's options become the client's properties", "[kafka][conf]") {
  auto conf = ClientConf::make(scram(), "reprise");

  REQUIRE(conf.ok());
  CHECK(conf.value().get("bootstrap.servers") == "localhost:9092");
  CHECK(conf.value().get("security.protocol") == "sasl_plaintext");
  CHECK(conf.value().get("sasl.mechanisms") == "SCRAM-SHA-512");
  CHECK(conf.value().get("client.id") == "reprise");
  CHECK(conf.value().get("allow.auto.create.topics") == "false");
  CHECK(conf.value().get("socket.nagle.disable") == "true");
  CHECK(conf.value().get("enable.ssl.certificate.verification") == "true");
  CHECK(conf.value().get("ssl.endpoint.identification.algorithm") == "https");
}

TEST_CASE("A cluster that cannot work is refused with the option at fault", "[kafka][conf]") {
  ClusterOptions cluster = plain();
  std::string option;

  SECTION("no servers") {
    cluster.bootstrap_servers.clear();
    option = "cluster.bootstrap_servers";
  }
  SECTION("an unknown protocol") {
    cluster.security_protocol = "tls";
    option = "cluster.security_protocol";
  }
  SECTION("certificates without TLS") {
    cluster.ca = "/ca.crt";
    option = "cluster.security_protocol";
  }
  SECTION("a certificate without its key") {
    cluster.security_protocol = "ssl";
    cluster.certificate = "/client.crt";
    option = "cluster.key";
  }
  SECTION("SASL options without SASL") {
    cluster.sasl_username = "alice";
    option = "cluster.security_protocol";
  }
  SECTION("a mechanism that runs commands") {
    cluster = scram();
    cluster.sasl_mechanism = "GSSAPI";
    option = "cluster.sasl_mechanism";
  }
  SECTION("no password") {
    cluster = scram();
    cluster.sasl_password.clear();
    option = "cluster.sasl_password";
  }

  const auto conf = ClientConf::make(cluster, "reprise");

  REQUIRE_FALSE(conf.ok());
  CHECK(conf.error().option == option);
  CHECK(conf.error().status == REPRISE_FATAL);
  CHECK(conf.error().message.find("secret") == std::string::npos);
}

TEST_CASE("A connector's overrides pass the allow-list only", "[kafka][conf]") {
  auto conf = ClientConf::make(plain(), "reprise");
  REQUIRE(conf.ok());

  CHECK(conf.value().override_with({{"fetch.min.bytes", "1000"}, {"client.id", "mine"}}).ok());
  CHECK(conf.value().get("fetch.min.bytes") == "1000");
  CHECK(conf.value().get("client.id") == "mine");

  for (const char* property : {"plugin.library.paths", "bootstrap.servers", "enable.auto.commit", "no.such.property"}) {
    const auto refused = conf.value().override_with({{property, "1"}});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().option == std::string("client.") + property);
  }
  const auto bad_value = conf.value().override_with({{"fetch.min.bytes", "many"}});
  REQUIRE_FALSE(bad_value.ok());
  CHECK(bad_value.error().option == "client.fetch.min.bytes");
}

TEST_CASE("An override is judged without a client", "[kafka][conf]") {
  CHECK(refuse_override("fetch.min.bytes", "1000").empty());
  CHECK(refuse_override("plugin.library.paths", "/tmp/evil.so") == "is not an allowed client override");
  CHECK(refuse_override("sasl.kerberos.kinit.cmd", "id") == "is not an allowed client override");
  CHECK(refuse_override("sasl.password", "p").find("kafka:") != std::string::npos);
  CHECK(refuse_override("acks", "1").find("set by Reprise") != std::string::npos);
  CHECK(refuse_override("fetch.min.byte", "1").find("no client property") != std::string::npos);
  CHECK(refuse_override("fetch.min.bytes", "many").find("fetch.min.bytes") != std::string::npos);
}

TEST_CASE("Options of type cluster are read by their flattened names", "[kafka][conf]") {
  const std::map<std::string, std::string, std::less<>> options{{"cluster.bootstrap_servers", "a:1"},
                                                                {"cluster.sasl_password", "p"}};

  const ClusterOptions cluster = read_cluster([&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = options.find(name);
    return found == options.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  });

  CHECK(cluster.bootstrap_servers == "a:1");
  CHECK(cluster.sasl_password == "p");
  CHECK(cluster.ca.empty());
}
