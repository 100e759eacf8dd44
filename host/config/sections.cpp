#include "host/config/sections.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "host/base/address_check.hpp"
#include "host/base/text.hpp"
#include "host/base/utf8.hpp"
#include "host/config/schema.hpp"

namespace reprise::config {
namespace {

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "worker";
  return name;
}

std::filesystem::path absolute(const std::string& path) { return std::filesystem::absolute(path).lexically_normal(); }

bool is_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

// "host:port" or "[::1]:port".
bool split_address(std::string_view text, std::string& host, std::uint16_t& port) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(text.substr(colon + 1), port)) return false;
  host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return false;
  }
  return !host.empty();
}

bool is_loopback(const std::string& host) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return bytes[0] == 127;
  return inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1 &&
         IN6_IS_ADDR_LOOPBACK(reinterpret_cast<const in6_addr*>(bytes.data()));
}

void check_security(const ClusterConfig& cluster, const std::string& path, const Fields& fields, Problems& problems) {
  const auto where = [&](std::string_view option) {
    const Option* given = fields.find(option);
    return given == nullptr ? cluster.where : given->where;
  };
  const bool is_sasl = cluster.security_protocol.substr(0, 4) == "SASL";
  const bool is_tls = cluster.security_protocol.find("SSL") != std::string::npos;
  for (const std::string_view option : {"sasl_mechanism", "sasl_username", "sasl_password"}) {
    const bool is_set = fields.find(option) != nullptr;
    const std::string inside = path + "." + std::string(option);
    if (is_sasl && !is_set)
      problems.add(where("security_protocol"), path,
                   "security_protocol " + cluster.security_protocol + " needs " + std::string(option));
    if (!is_sasl && is_set)
      problems.add(
          where(option), inside,
          "has no use with security_protocol " + cluster.security_protocol + "; set SASL_SSL or SASL_PLAINTEXT");
  }
  for (const std::string_view option : {"ca", "certificate", "key", "key_password"}) {
    if (!is_tls && fields.find(option) != nullptr) {
      problems.add(where(option), path + "." + std::string(option),
                   "has no use with security_protocol " + cluster.security_protocol + "; set SSL or SASL_SSL");
    }
  }
  if (cluster.certificate.empty() != cluster.key.empty()) {
    problems.add(where(cluster.key.empty() ? "certificate" : "key"), path, "certificate and key are needed together");
  }
}

std::vector<AddressRange> read_ranges(const Fields& fields, const std::string& option, Problems& problems) {
  std::vector<AddressRange> ranges;
  for (const Option* given : fields.list(option)) {
    if (const auto range = AddressRange::parse(given->value))
      ranges.push_back(*range);
    else
      problems.add(given->where, "worker." + option,
                   "expected a range such as 10.0.0.0/8 or fd00::/8, got " + shown(*given));
  }
  return ranges;
}

// "443" or "8000-8999".
std::optional<PortRange> parse_ports(std::string_view text) {
  const auto dash = text.find('-');
  PortRange range;
  if (!is_port(text.substr(0, dash), range.first)) return std::nullopt;
  range.last = range.first;
  if (dash != std::string_view::npos && !is_port(text.substr(dash + 1), range.last)) return std::nullopt;
  if (range.first == 0 || range.last < range.first) return std::nullopt;
  return range;
}

OutgoingRules read_outgoing(const Fields& fields, Problems& problems) {
  OutgoingRules rules;
  rules.allow = read_ranges(fields, "outgoing.allow_cidrs", problems);
  rules.deny = read_ranges(fields, "outgoing.deny_cidrs", problems);
  for (const Option* given : fields.list("outgoing.ports")) {
    if (const auto range = parse_ports(given->value))
      rules.ports.push_back(*range);
    else
      problems.add(given->where, "worker.outgoing.ports",
                   "expected a port from 1 to 65535, or two as in 8000-8999, got " + shown(*given));
  }
  for (const Option* given : fields.list("outgoing.nat64_prefixes")) {
    const auto prefix = AddressRange::parse(given->value);
    if (prefix && is_nat64_prefix(*prefix))
      rules.nat64.push_back(*prefix);
    else
      problems.add(
          given->where, "worker.outgoing.nat64_prefixes",
          "expected an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits such as 2001:db8:64::/96, got " + shown(*given));
  }
  return rules;
}

void check_bootstrap(const ClusterConfig& cluster, const std::string& path, const Fields& fields, Problems& problems) {
  const Option* option = fields.find("bootstrap_servers");
  if (option == nullptr) return;
  for (const auto server : split(cluster.bootstrap_servers, ',')) {
    std::string host;
    std::uint16_t port = 0;
    if (split_address(trim(server), host, port) && port != 0) continue;
    const std::string got = option->is_secret ? shown(*option) : quoted(server, 64);
    problems.add(option->where, path + ".bootstrap_servers",
                 "expected host:port, several separated by commas, got " + got);
  }
}

// A row is a mapping, so a text behind "file" is none.
bool is_from_file(const Value& table) {
  const Value* file = table.find("file");
  return file != nullptr && file->kind == Value::Kind::Scalar;
}

TableFile read_table_file_options(const Value& table, const std::string& path, CheckContext& context) {
  const auto options = check_options(table, table_schema(), path, context);
  TableFile file;
  std::string name;
  Fields(options).read("file", name);
  Fields(options).read("key", file.key);
  for (const std::string_view member : {"file", "key"}) {
    const Option* option = Fields(options).find(member);
    if (option != nullptr && option->value.empty())
      context.problems.add(option->where, path + "." + std::string(member), "must not be empty");
  }
  file.path = absolute(name);
  return file;
}

}  // namespace

void check_name(const Value::Member& entry, const std::string& section, Problems& problems) {
  if (entry.key.size() > 255)
    problems.add(
        entry.where, section,
        "the name " + quoted(entry.key, 32) + " has " + std::to_string(entry.key.size()) + " bytes; the limit is 255");
  // What belongs to a connector is named "connector/part", in health, in logs and to Kafka.
  if (section == "connectors" && entry.key.find('/') != std::string::npos)
    problems.add(entry.where, section, "the name " + quoted(entry.key, 64) + " holds a /; write - or . instead");
  for (std::size_t at = 0; at < entry.key.size();) {
    const auto character = decode_utf8(entry.key, at);
    if (is_unprintable(character.code)) {
      problems.add(entry.where, section, "the name " + quoted(entry.key, 64) + " holds a control character");
      return;
    }
    at += std::max<std::size_t>(character.size, 1);
  }
}

WorkerConfig read_worker(const Value* section, CheckContext& context) {
  const Value nothing = Value::empty(Value::Kind::Map);
  const Value& given = section == nullptr ? nothing : *section;
  const auto options = check_options(given, worker_schema(), "worker", context);
  const Fields fields(options);
  WorkerConfig worker;
  worker.where = given.where;
  worker.mask = Mask(options);
  worker.id = host_name();
  fields.read("id", worker.id);
  fields.read("cluster_id", worker.cluster_id);
  std::string state_dir = worker.state_dir;
  fields.read("state_dir", state_dir);
  worker.state_dir = absolute(state_dir);
  for (const Option* path : fields.list("plugin_path")) worker.plugin_path.push_back(absolute(path->value));
  worker.outgoing = read_outgoing(fields, context.problems);
  fields.read("shards", worker.shards);
  fields.read("drain_deadline", worker.drain_deadline);
  fields.read("log.level", worker.log_level);
  std::string format;
  fields.read("log.format", format);
  worker.log_json = format == "json";
  for (const std::string_view name : {"id", "cluster_id", "state_dir"}) {
    const Option* option = fields.find(name);
    if (option != nullptr && option->value.empty())
      context.problems.add(option->where, "worker." + std::string(name), "must not be empty");
  }
  return worker;
}

RestConfig read_rest(const Value* section, CheckContext& context) {
  RestConfig rest;
  if (section == nullptr) return rest;
  rest.where = section->where;
  const auto options = check_options(*section, rest_schema(), "rest", context);
  const Option* listen = Fields(options).find("listen");
  if (listen == nullptr) return rest;
  RestConfig::Listen address;
  if (!split_address(listen->value, address.host, address.port)) {
    context.problems.add(listen->where, "rest.listen",
                         "expected address:port such as 127.0.0.1:8083, got " + shown(*listen));
    return rest;
  }
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (!is_loopback(address.host)) {
    context.problems.add(listen->where, "rest.listen",
                         "refuse to listen on " + shown(*listen) +
                             " without authentication, which this version does not have; listen on 127.0.0.1 and put a "
                             "proxy that authenticates in front");
  }
  rest.listen = address;
  return rest;
}

void check_coordination(const Value* section, CheckContext& context) {
  if (section == nullptr) return;
  const auto options = check_options(*section, coordination_schema(), "coordination", context);
  const Fields fields(options);
  const Option* kind = fields.find("kind");
  if (kind != nullptr && kind->value == "kafka") {
    context.problems.add(kind->where, "coordination.kind",
                         "kafka is not available in this version; use local, with one worker");
    return;
  }
  for (const std::string_view name : {"cluster", "topic"}) {
    if (const Option* option = fields.find(name))
      context.problems.add(option->where, "coordination." + std::string(name), "has no use with kind: local");
  }
}

std::map<std::string, ClusterConfig> read_clusters(const Value* section, CheckContext& context) {
  std::map<std::string, ClusterConfig> clusters;
  if (section == nullptr) return clusters;
  for (const auto& entry : section->members) {
    check_name(entry, "kafka", context.problems);
    const std::string path = "kafka." + entry.key;
    ClusterConfig& cluster = clusters[entry.key];
    cluster.name = entry.key;
    cluster.where = entry.where;
    cluster.options = check_options(entry.value, cluster_schema(), path, context);
    const Fields fields(cluster.options);
    fields.read("bootstrap_servers", cluster.bootstrap_servers);
    fields.read("security_protocol", cluster.security_protocol);
    fields.read("sasl_mechanism", cluster.sasl_mechanism);
    fields.read("sasl_username", cluster.sasl_username);
    fields.read("sasl_password", cluster.sasl_password);
    fields.read("ca", cluster.ca);
    fields.read("certificate", cluster.certificate);
    fields.read("key", cluster.key);
    fields.read("key_password", cluster.key_password);
    fields.read("client_rack", cluster.client_rack);
    constexpr std::string_view kClient = "client.";
    for (const auto& option : cluster.options) {
      if (option.name.substr(0, kClient.size()) == kClient)
        cluster.client[option.name.substr(kClient.size())] = option.value;
    }
    check_client_options(cluster.options, path, context);
    if (entry.value.kind != Value::Kind::Map) continue;
    check_bootstrap(cluster, path, fields, context.problems);
    check_security(cluster, path, fields, context.problems);
  }
  return clusters;
}

std::map<std::string, TableConfig> read_tables(const Value* section, CheckContext& context) {
  std::map<std::string, TableConfig> tables;
  if (section == nullptr) return tables;
  for (const auto& entry : section->members) {
    check_name(entry, "tables", context.problems);
    const std::string path = "tables." + entry.key;
    TableConfig& table = tables[entry.key];
    table.name = entry.key;
    table.where = entry.where;
    if (entry.value.kind != Value::Kind::Map) {
      context.problems.add(entry.value.where, path,
                           "expected a mapping from keys to rows, got " + describe(entry.value));
    } else if (is_from_file(entry.value)) {
      table.file = read_table_file_options(entry.value, path, context);
    }
  }
  return tables;
}

}  // namespace reprise::config
