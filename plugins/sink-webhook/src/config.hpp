#pragma once
#include <reprise/plugin.h>
#include <reprise/url.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "response_parser.hpp"
#include "signature.hpp"

namespace reprise::webhook {

enum class Ordering : std::uint8_t { None, PerKey, PerEndpoint };

/// The sink's options, read once; plugin.yaml says what each means. Immutable after read_config.
struct Config {
  bool has_url = false;
  Url url;            ///< with has_url
  std::string table;  ///< otherwise
  std::string method = "POST";
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(3);
  std::chrono::nanoseconds total_timeout = std::chrono::seconds(10);
  std::chrono::nanoseconds idle_timeout = std::chrono::seconds(4);
  std::chrono::nanoseconds connection_max_age = std::chrono::minutes(10);
  std::uint32_t connection_max_requests = 10'000;
  std::chrono::nanoseconds breaker_open_for = std::chrono::seconds(30);
  ResponseParser::Limits response;
  Ordering ordering = Ordering::PerKey;
  std::size_t max_in_flight = 64;
  std::size_t endpoint_max_in_flight = 16;
  std::uint32_t breaker_failures = 0;  ///< 0: no breaker
  double rate_per_second = 0;          ///< 0: no limit
  double rate_burst = 0;
  bool is_signed = false;
  std::vector<Secret> secrets;  ///< of endpoint.url
  bool sends_null_value = false;
  bool allows_http = false;
  std::vector<std::string> allow_cidrs;
  std::vector<std::string> resolver_servers;  ///< none: those of /etc/resolv.conf
  std::string tls_ca, tls_certificate, tls_key, tls_key_password;

  /// Is an endpoint's breaker open after so many failures in a row?
  bool opens_breaker(std::uint32_t failures) const { return breaker_failures > 0 && failures >= breaker_failures; }
};

/// An option that cannot be used, with its flat name.
struct OptionError {
  std::string option;
  std::string message;
};

/// Reads flat, canonical options ("timeout.connect" = "3000"). False, with the first error, when one cannot be used.
bool read_config(std::span<const reprise_option> options, Config& config, OptionError& error);

}  // namespace reprise::webhook
