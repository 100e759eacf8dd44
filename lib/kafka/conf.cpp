#include "lib/kafka/conf.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "lib/kafka/allow_list.hpp"

namespace reprise::kafka {
namespace {

Error bad_option(std::string option, const std::string& message) {
  Error error;
  error.kind = "option";
  error.code = RD_KAFKA_RESP_ERR__INVALID_ARG;
  error.message = option + ": " + message;
  error.option = std::move(option);
  return error;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// Text may stand before it (openssl writes some), and no path looks so.
bool is_pem(std::string_view text) { return text.find("-----BEGIN ") != std::string_view::npos; }

/// What a cluster's options may not be, before librdkafka is asked: its own messages name no option of ours.
std::optional<Error> refuse(const ClusterOptions& cluster, const std::string& protocol, const std::string& mechanism) {
  const bool is_tls = protocol.ends_with("ssl");
  const bool is_sasl = protocol.starts_with("sasl");
  if (cluster.bootstrap_servers.empty())
    return bad_option("cluster.bootstrap_servers", "is required, for example localhost:9092");
  if (protocol != "plaintext" && protocol != "ssl" && protocol != "sasl_plaintext" && protocol != "sasl_ssl") {
    return bad_option("cluster.security_protocol",
                      "\"" + cluster.security_protocol + "\" is none of plaintext, ssl, sasl_plaintext, sasl_ssl");
  }
  if (!is_tls && !(cluster.ca.empty() && cluster.certificate.empty() && cluster.key.empty())) {
    return bad_option("cluster.security_protocol",
                      protocol + " uses no TLS, but a certificate, key or ca is set: use ssl or sasl_ssl");
  }
  if (cluster.certificate.empty() != cluster.key.empty()) {
    return bad_option(cluster.key.empty() ? "cluster.key" : "cluster.certificate",
                      "certificate and key are needed together");
  }
  if (!is_sasl) {
    if (mechanism.empty() && cluster.sasl_username.empty() && cluster.sasl_password.empty()) return std::nullopt;
    return bad_option("cluster.security_protocol",
                      protocol + " uses no SASL, but sasl options are set: use sasl_ssl or sasl_plaintext");
  }
  if (mechanism != "PLAIN" && mechanism != "SCRAM-SHA-256" && mechanism != "SCRAM-SHA-512") {
    return bad_option("cluster.sasl_mechanism",
                      "\"" + cluster.sasl_mechanism + "\" is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512");
  }
  if (cluster.sasl_username.empty()) return bad_option("cluster.sasl_username", "is required with " + protocol);
  if (cluster.sasl_password.empty()) return bad_option("cluster.sasl_password", "is required with " + protocol);
  return std::nullopt;
}

ClientEvents* events_of(void* opaque) { return static_cast<ClientEvents*>(opaque); }

void log_thunk(const rd_kafka_t* client, int severity, const char*, const char* text) {
  if (void* opaque = rd_kafka_opaque(client)) events_of(opaque)->on_log(severity, text);
}
void error_thunk(rd_kafka_t*, int code, const char* reason, void* opaque) {
  // "2/2 brokers are down" where there is one: the library counts the address it was given and the broker behind it.
  const bool is_all = code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  events_of(opaque)->on_error(static_cast<rd_kafka_resp_err_t>(code), is_all ? "no broker answers" : reason);
}
void delivery_thunk(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  events_of(opaque)->on_delivery(*message);
}
void commit_thunk(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t*, void* opaque) {
  events_of(opaque)->on_commit(code);
}

}  // namespace

ClusterOptions read_cluster(const Lookup& find, std::string_view option) {
  const auto text = [&](std::string_view name) {
    return std::string(find(std::string(option) + "." + std::string(name)).value_or(std::string_view()));
  };
  return {.bootstrap_servers = text("bootstrap_servers"),
          .security_protocol = text("security_protocol"),
          .sasl_mechanism = text("sasl_mechanism"),
          .sasl_username = text("sasl_username"),
          .sasl_password = text("sasl_password"),
          .ca = text("ca"),
          .certificate = text("certificate"),
          .key = text("key"),
          .key_password = text("key_password"),
          .client_rack = text("client_rack")};
}

std::string refuse_override(const std::string& property, const std::string& value) {
  switch (classify(property)) {
    case Override::Allowed:
      break;
    case Override::Ours:
      return "is set by Reprise, because its guarantees depend on it; leave it out";
    case Override::Cluster:
      return "belongs to the cluster's own keys under kafka:, not to client";
    case Override::Refused:
      return "is not an allowed client override";
    case Override::Unknown:
      return "is no client property; the plugin's README lists the allowed names";
  }
  const Conf scratch{rd_kafka_conf_new()};
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(scratch.get(), property.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK)
    return {};
  return why.data();
}

Result<ClientConf> ClientConf::make(const ClusterOptions& cluster, std::string_view client_id) {
  const std::string protocol = cluster.security_protocol.empty() ? "plaintext" : lower(cluster.security_protocol);
  std::string mechanism = cluster.sasl_mechanism;
  std::ranges::transform(mechanism, mechanism.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (auto error = refuse(cluster, protocol, mechanism)) return *std::move(error);

  ClientConf conf{Conf(rd_kafka_conf_new())};
  const std::pair<std::string_view, std::string_view> common[] = {
      {"client.id", client_id},
      {"bootstrap.servers", cluster.bootstrap_servers},
      {"security.protocol", protocol},
      {"enable.ssl.certificate.verification", "true"},
      {"ssl.endpoint.identification.algorithm", "https"},  // before librdkafka 2.0 the default was none
      {"client.rack", cluster.client_rack},
      {"allow.auto.create.topics", "false"},
      {"socket.keepalive.enable", "true"},
      {"socket.nagle.disable", "true"},
      {"socket.timeout.ms", "30000"},
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "2000"},
      {"log.connection.close", "false"},
  };
  for (const auto& [property, value] : common) {
    if (auto result = conf.set(property, value); !result.ok()) return result.error();
  }

  struct Part {
    std::string_view option, value, property;
  };
  const Part parts[] = {
      {"ca", cluster.ca, is_pem(cluster.ca) ? "ssl.ca.pem" : "ssl.ca.location"},
      {"certificate", cluster.certificate,
       is_pem(cluster.certificate) ? "ssl.certificate.pem" : "ssl.certificate.location"},
      {"key_password", cluster.key_password, "ssl.key.password"},
      {"key", cluster.key, is_pem(cluster.key) ? "ssl.key.pem" : "ssl.key.location"},
      {"sasl_mechanism", mechanism, "sasl.mechanism"},
      {"sasl_username", cluster.sasl_username, "sasl.username"},
      {"sasl_password", cluster.sasl_password, "sasl.password"},
  };
  for (const auto& [option, value, property] : parts) {
    if (value.empty()) continue;
    if (!conf.set(property, value).ok())
      return bad_option("cluster." + std::string(option), "was refused by the Kafka client");
  }
  return conf;
}

Result<> ClientConf::set(std::string_view property, std::string_view value) {
  std::array<char, 512> why{};
  const std::string name(property);
  if (rd_kafka_conf_set(conf_.get(), name.c_str(), std::string(value).c_str(), why.data(), why.size()) ==
      RD_KAFKA_CONF_OK)
    return {};
  return bad_option(name, why.data());
}

Result<> ClientConf::override_with(const std::map<std::string, std::string>& client, std::string_view option) {
  for (const auto& [property, value] : client) {
    const std::string name = std::string(option) + "." + property;
    if (const std::string why = refuse_override(property, value); !why.empty()) return bad_option(name, why);
    if (auto result = set(property, value); !result.ok()) return bad_option(name, result.error().message);
  }
  return {};
}

ClientConf ClientConf::copy() const { return ClientConf(Conf(rd_kafka_conf_dup(conf_.get()))); }

std::string ClientConf::get(std::string_view property) const {
  std::size_t size = 0;
  const std::string name(property);
  if (rd_kafka_conf_get(conf_.get(), name.c_str(), nullptr, &size) != RD_KAFKA_CONF_OK) return {};
  std::string value(size, '\0');
  rd_kafka_conf_get(conf_.get(), name.c_str(), value.data(), &size);
  value.resize(size > 0 ? size - 1 : 0);
  return value;
}

Result<Client> ClientConf::make(rd_kafka_type_t type, ClientEvents& events) {
  rd_kafka_conf_set_opaque(conf_.get(), &events);
  rd_kafka_conf_set_log_cb(conf_.get(), log_thunk);
  rd_kafka_conf_set_error_cb(conf_.get(), error_thunk);
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(conf_.get(), delivery_thunk);
  } else {
    rd_kafka_conf_set_offset_commit_cb(conf_.get(), commit_thunk);
  }
  std::array<char, 512> why{};
  rd_kafka_t* client = rd_kafka_new(type, conf_.get(), why.data(), why.size());
  if (client == nullptr) {
    Error error = describe(rd_kafka_last_error(), "the Kafka client could not be made");
    error.status = REPRISE_FATAL;
    error.kind = "kafka.client";
    error.message = std::string("the Kafka client could not be made: ") + why.data();
    return error;
  }
  static_cast<void>(conf_.release());  // rd_kafka_new took it over
  return Client(client);
}

}  // namespace reprise::kafka
