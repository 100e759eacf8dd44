#include "lib/kafka/allow_list.hpp"

#include <librdkafka/rdkafka.h>
#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <sstream>
#include <string>

using namespace reprise::kafka;

namespace {

/// The names in librdkafka's own list (CONFIGURATION.md as compiled in), and those its defaults show.
std::set<std::string> properties_of_library() {
  std::set<std::string> names;
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  rd_kafka_conf_properties_show(stream);
  std::fclose(stream);
  std::istringstream lines{std::string(text, size)};
  std::free(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t bar = line.find('|');
    if (bar == std::string::npos) continue;
    std::string name = line.substr(0, line.find_first_of(" |"));
    if (name != "Property" && name.find_first_not_of('-') != std::string::npos) names.insert(std::move(name));
  }

  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::size_t count = 0;
  const char** dump = rd_kafka_conf_dump(conf, &count);
  for (std::size_t i = 0; i < count; i += 2) names.insert(dump[i]);
  rd_kafka_conf_dump_free(dump, count);
  rd_kafka_conf_destroy(conf);
  return names;
}

}  // namespace

TEST_CASE("Every property of the loaded librdkafka is classified", "[kafka][allow_list]") {
  const auto names = properties_of_library();

  REQUIRE(names.size() > 120);
  for (const std::string& name : names) {
    INFO(name);
    CHECK(classify(name) != Override::Unknown);
  }
}

TEST_CASE("What runs code, reads files, opens addresses or weakens TLS is never allowed", "[kafka][allow_list]") {
  for (std::string_view name :
       {"plugin.library.paths", "sasl.kerberos.kinit.cmd", "ssl.engine.location", "ssl.providers",
        "sasl.kerberos.keytab", "ssl.ca.location", "ssl.keystore.location", "ssl.crl.location",
        "sasl.oauthbearer.token.endpoint.url", "bootstrap.servers", "metadata.broker.list",
        "enable.ssl.certificate.verification", "ssl.endpoint.identification.algorithm", "debug", "security.protocol",
        "sasl.password", "offset.store.path"}) {
    INFO(name);
    CHECK(classify(name) != Override::Allowed);
  }
}

TEST_CASE("What the guarantees rest on is ours", "[kafka][allow_list]") {
  for (std::string_view name :
       {"acks", "enable.idempotence", "auto.offset.reset", "enable.auto.commit", "enable.auto.offset.store", "group.id",
        "isolation.level", "queued.max.messages.kbytes", "retries"}) {
    INFO(name);
    CHECK(classify(name) == Override::Ours);
  }
}

TEST_CASE("The allowed names are few and sizes, times and names only", "[kafka][allow_list]") {
  CHECK(allowed_properties().size() <= 35);
  for (std::string_view name : allowed_properties()) {
    INFO(name);
    CHECK(name.find("cb") == std::string_view::npos);
    CHECK_FALSE(name.starts_with("ssl"));
    CHECK_FALSE(name.starts_with("sasl"));
    CHECK_FALSE(name.ends_with("location"));
    CHECK_FALSE(name.ends_with("path"));
  }
}
