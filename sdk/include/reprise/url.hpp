#pragma once
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise {
inline namespace sdk {

/// The parts of a URL that an HTTP request needs.
struct Url {
  std::string host;  ///< lower case, no trailing dot, IPv6 without brackets: what is resolved, verified and sent as SNI
  std::string authority;  ///< value of the Host header; the port only where it is not the scheme's own
  std::string target;     ///< path and query, begins with '/'
  std::uint16_t port = 0;
  bool is_tls = false;
};

inline constexpr std::size_t kMaxUrlBytes = 2048;

namespace url_rules {

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

inline bool starts_with_scheme(std::string_view text, std::string_view scheme) {
  if (text.size() < scheme.size()) return false;
  return std::equal(scheme.begin(), scheme.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

inline bool is_host_character(char c) {
  c = lower(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

inline std::string check_characters(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80)
      return "only ASCII is allowed (write an international name as xn--..., other bytes as %XX)";
    if (c <= 0x20 || c == 0x7f) return "spaces and control characters are not allowed (write %20)";
    if (c == '\\' || c == '"' || c == '<' || c == '>')
      return "backslashes, quotes and angle brackets are not allowed (write %XX)";
    if (c == '{' || c == '}') return "braces are not allowed (write %7B and %7D; a URL is no template)";
  }
  return {};
}

inline std::string parse_port(std::string_view text, std::uint16_t& port) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0 || number > 65535)
    return "the port must be a number from 1 to 65535";
  if (number < 1024 && number != 80 && number != 443) return "ports below 1024 other than 80 and 443 are not allowed";
  port = static_cast<std::uint16_t>(number);
  return {};
}

// The WHATWG's rule: what ends in a number is an IPv4 address. We take the one spelling that everybody reads alike;
// "127.1", "0x7f.1" and "2130706433" are loopback to some readers and names to others.
inline bool ends_in_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; }) || last.starts_with("0x");
}

inline std::string parse_host(std::string_view text, std::string& host) {
  // The dot says "absolute", which every name is here; certificates and SNI (RFC 6066, 3) spell names without it.
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty()) return "it has no host";
  if (text.size() > 253) return "the host is longer than 253 characters";
  for (const char c : text) {
    if (!is_host_character(c)) return "the host may hold letters, digits, '-', '_' and '.' only";
  }
  if (text.front() == '.' || text.find("..") != std::string_view::npos) return "the host has an empty label";
  host.resize(text.size());
  std::transform(text.begin(), text.end(), host.begin(), lower);
  in_addr address{};
  if (ends_in_number(host) && inet_pton(AF_INET, host.c_str(), &address) != 1)
    return "the host ends in a number, so it must be an IPv4 address of four decimal numbers";
  return {};
}

inline std::string parse_ipv6(std::string_view text, std::string& host) {
  in6_addr address{};
  host.assign(text);
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return "the address in brackets is not an IPv6 address";
  std::transform(host.begin(), host.end(), host.begin(), lower);
  return {};
}

}  // namespace url_rules

/// Parses and vets the URL of a stranger: what an option of type `url` may be, for the host that checks it and the plugin that uses
/// it. Empty when it is good; otherwise the rule that refuses it, and url is unspecified. Refused: other schemes than http and
/// https, user names, fragments, ports below 1024 other than 80 and 443, braces, anything outside visible ASCII, more than
/// kMaxUrlBytes. What the host name resolves to is not looked at: only the address of the socket counts (check_address).
inline std::string parse_url(std::string_view text, Url& url) {
  if (text.empty()) return "it is empty";
  if (text.size() > kMaxUrlBytes) return "it is longer than 2048 bytes";
  if (auto reason = url_rules::check_characters(text); !reason.empty()) return reason;

  if (url_rules::starts_with_scheme(text, "https://")) {
    url.is_tls = true;
    text.remove_prefix(8);
  } else if (url_rules::starts_with_scheme(text, "http://")) {
    url.is_tls = false;
    text.remove_prefix(7);
  } else {
    return "it must begin with https://";
  }
  if (text.find('#') != std::string_view::npos) return "a fragment (#...) is never sent, leave it away";

  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, authority_end);
  const std::string_view rest = text.substr(authority_end);
  if (authority.find('@') != std::string_view::npos) return "a user name or password is not allowed (use headers)";

  const bool is_ipv6 = authority.starts_with('[');
  std::string_view port_text;
  if (is_ipv6) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return "the bracket around the IPv6 address is not closed";
    if (auto reason = url_rules::parse_ipv6(authority.substr(1, bracket - 1), url.host); !reason.empty()) return reason;
    port_text = authority.substr(bracket + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    if (auto reason = url_rules::parse_host(authority.substr(0, colon), url.host); !reason.empty()) return reason;
    port_text = authority.substr(colon);
  }
  const std::uint16_t default_port = url.is_tls ? 443 : 80;
  url.port = default_port;
  if (!port_text.empty()) {
    if (port_text.front() != ':') return "after the address in brackets only a port may follow";
    if (auto reason = url_rules::parse_port(port_text.substr(1), url.port); !reason.empty()) return reason;
  }

  url.authority = is_ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != default_port) url.authority += ":" + std::to_string(url.port);
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return {};
}

}  // namespace sdk
}  // namespace reprise
