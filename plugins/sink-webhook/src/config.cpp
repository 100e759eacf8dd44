#include "config.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "address.hpp"
#include "failure.hpp"

namespace reprise::webhook {
namespace {

// What the protocol or this sink writes itself, as in plugin.yaml. A second copy of one would be an attack or an accident.
constexpr std::array<std::string_view, 18> kReservedHeaders{"host",
                                                            "content-length",
                                                            "content-type",
                                                            "transfer-encoding",
                                                            "connection",
                                                            "keep-alive",
                                                            "proxy-connection",
                                                            "upgrade",
                                                            "te",
                                                            "trailer",
                                                            "expect",
                                                            "webhook-id",
                                                            "webhook-timestamp",
                                                            "webhook-signature",
                                                            "x-delivery-attempt",
                                                            "x-delivery-kind",
                                                            "x-replay-job-id",
                                                            "x-replay-epoch"};

constexpr std::array<std::string_view, 3> kCredentials{"authorization", "proxy-authorization", "cookie"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return result;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view text) {
  return text.size() <= 8192 && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
         });
}

std::string check_header(std::string_view name, std::string_view value) {
  if (!is_token(name))
    return "the header's name \"" + std::string(name.substr(0, 64)) + "\" holds a forbidden character";
  const std::string lower_name = lower(name);
  if (std::find(kReservedHeaders.begin(), kReservedHeaders.end(), lower_name) != kReservedHeaders.end()) {
    return "the header \"" + lower_name + "\" is set by Reprise" +
           (lower_name == "content-type" ? " (use content_type)" : "") + ", leave it away";
  }
  if (!is_header_value(value))
    return "the value of \"" + lower_name + "\" holds a line break or a control character, or is longer than 8 KiB";
  return {};
}

/// Reads the options one by one; remembers the first error.
class Reader {
 public:
  Reader(std::span<const reprise_option> options, OptionError& error) : options_(options), error_(error) {}

  bool ok() const { return error_.message.empty(); }
  void fail(std::string_view option, std::string message) {
    if (ok()) error_ = {std::string(option), std::string(option) + ": " + std::move(message)};
  }

  /// Empty when it is not set.
  std::string_view text(std::string_view key) const {
    for (const auto& option : options_) {
      if (view(option.key) == key) return view(option.value);
    }
    return {};
  }
  void text(std::string_view key, std::string& out) const {
    if (const auto value = text(key); !value.empty()) out = value;
  }
  void boolean(std::string_view key, bool& out) {
    const auto value = text(key);
    if (!value.empty() && value != "true" && value != "false")
      fail(key, "must be true or false, not \"" + std::string(value) + "\"");
    if (!value.empty()) out = value == "true";
  }
  template <class Number>
  void number(std::string_view key, Number& out, std::uint64_t min, std::uint64_t max) {
    const auto value = text(key);
    if (value.empty()) return;
    std::uint64_t read = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (problem != std::errc{} || end != value.data() + value.size() || read < min || read > max) {
      return fail(key, "must be a number from " + std::to_string(min) + " to " + std::to_string(max) + ", not \"" +
                           std::string(value) + "\"");
    }
    out = static_cast<Number>(read);
  }
  void duration(std::string_view key, std::chrono::nanoseconds& out, std::uint64_t min_ms, std::uint64_t max_ms) {
    auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(out).count());
    number(key, ms, min_ms, max_ms);
    out = std::chrono::milliseconds(ms);
  }
  std::size_t count(std::string_view list) {
    std::size_t result = 0;
    number(std::string(list) + ".count", result, 0, 1000);
    return result;
  }
  std::span<const reprise_option> all() const { return options_; }

 private:
  std::span<const reprise_option> options_;
  OptionError& error_;
};

void read_endpoint(Reader& reader, Config& config) {
  const auto url = reader.text("endpoint.url");
  reader.text("endpoint.table", config.table);
  config.has_url = !url.empty();
  if (config.has_url && !config.table.empty())
    return reader.fail("endpoint", "has both url and table, keep one of them");
  if (!config.has_url && config.table.empty()) return reader.fail("endpoint", "needs url or table");
  if (!config.has_url) return;
  if (const auto reason = parse_url(url, config.url); !reason.empty())
    return reader.fail("endpoint.url", "webhook URL refused: " + reason);
  if (!config.url.is_tls && !config.allows_http)
    reader.fail("endpoint.url", "webhook URL refused: it is not https (allow_http: true allows http)");
}

void read_headers(Reader& reader, Config& config) {
  for (const auto& option : reader.all()) {
    const auto key = view(option.key);
    if (!key.starts_with("headers.") || key == "headers.count") continue;
    const auto name = key.substr(8);
    if (const auto problem = check_header(name, view(option.value)); !problem.empty()) return reader.fail(key, problem);
    config.headers.emplace_back(lower(name), view(option.value));
    const std::string& lower_name = config.headers.back().first;
    if (!config.has_url && std::find(kCredentials.begin(), kCredentials.end(), lower_name) != kCredentials.end())
      return reader.fail(key,
                         "would show the same credentials to every row of the table; only endpoint.url may have it");
  }
}

void read_signing(Reader& reader, Config& config) {
  const std::size_t count = reader.count("signing");
  for (std::size_t i = 0; i < count; ++i) {
    const std::string entry = "signing." + std::to_string(i);
    const auto scheme = reader.text(entry + ".scheme");
    if (scheme != "standard_v1")
      return reader.fail(entry + ".scheme", "unknown scheme \"" + std::string(scheme) + "\", known is standard_v1");
    config.is_signed = true;
    const auto secret = reader.text(entry + ".secret");
    if (secret.empty()) continue;
    if (!config.has_url) {
      return reader.fail(entry + ".secret",
                         "with endpoint.table each webhook has its own secret, in its row; leave this one away");
    }
    if (const auto problem = add_secret(secret, config.secrets); !problem.empty())
      return reader.fail(entry + ".secret", problem);
  }
  if (config.is_signed && config.has_url && config.secrets.empty())
    reader.fail("signing", "endpoint.url is signed, but no entry has a secret");
}

void read_limits(Reader& reader, Config& config) {
  reader.duration("timeout.connect", config.connect_timeout, 10, 300'000);
  reader.duration("timeout.total", config.total_timeout, 10, 600'000);
  reader.duration("idle_timeout", config.idle_timeout, 0, 3'600'000);
  reader.duration("connection.max_age", config.connection_max_age, 1000, 86'400'000);
  reader.number("connection.max_requests", config.connection_max_requests, 1, 1'000'000'000);
  reader.number("response.max_header_bytes", config.response.max_header_bytes, 1024, 1 << 20);
  reader.number("response.max_body_bytes", config.response.max_body_bytes, 0, 64 << 20);
  reader.number("max_in_flight", config.max_in_flight, 1, 65536);
  reader.number("endpoint_max_in_flight", config.endpoint_max_in_flight, 1, 65536);
  reader.number("rate_limit.per_second", config.rate_per_second, 1, 1'000'000);
  config.rate_burst = std::max(1.0, config.rate_per_second / 10);
  reader.number("rate_limit.burst", config.rate_burst, 1, 1'000'000);
  reader.number("breaker.failures", config.breaker_failures, 0, 1'000'000);
  reader.duration("breaker.open_for", config.breaker_open_for, 100, 3'600'000);
}

}  // namespace

bool read_config(std::span<const reprise_option> options, Config& config, OptionError& error) {
  Reader reader(options, error);
  reader.boolean("allow_http", config.allows_http);
  read_endpoint(reader, config);

  reader.text("method", config.method);
  if (config.method != "POST" && config.method != "PUT" && config.method != "PATCH")
    reader.fail("method", "must be POST, PUT or PATCH");
  reader.text("content_type", config.content_type);
  if (!is_header_value(config.content_type)) reader.fail("content_type", "holds a line break or a control character");
  read_headers(reader, config);
  read_limits(reader, config);
  read_signing(reader, config);

  const auto ordering = reader.text("ordering");
  if (ordering == "none")
    config.ordering = Ordering::None;
  else if (ordering == "per_endpoint")
    config.ordering = Ordering::PerEndpoint;
  else if (!ordering.empty() && ordering != "per_key")
    reader.fail("ordering", "must be none, per_key or per_endpoint");

  const auto null_value = reader.text("null_value");
  config.sends_null_value = null_value == "send_empty";
  if (!null_value.empty() && null_value != "send_empty" && null_value != "reject")
    reader.fail("null_value", "must be reject or send_empty");

  const std::size_t servers = reader.count("resolver.servers");
  for (std::size_t i = 0; i < servers; ++i)
    config.resolver_servers.emplace_back(reader.text("resolver.servers." + std::to_string(i)));
  const std::size_t cidrs = reader.count("allow_cidrs");
  for (std::size_t i = 0; i < cidrs; ++i) {
    const std::string option = "allow_cidrs." + std::to_string(i);
    const auto cidr = reader.text(option);
    if (!is_range(cidr))
      reader.fail(option, "must be a range such as 10.0.0.0/8 or fd00::/8, not \"" + std::string(cidr) + "\"");
    config.allow_cidrs.emplace_back(cidr);
  }
  reader.text("tls.ca", config.tls_ca);
  reader.text("tls.certificate", config.tls_certificate);
  reader.text("tls.key", config.tls_key);
  reader.text("tls.key_password", config.tls_key_password);
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    reader.fail(config.tls_key.empty() ? "tls.certificate" : "tls.key",
                "tls.certificate and tls.key are needed together");
  }
  return reader.ok();
}

}  // namespace reprise::webhook
