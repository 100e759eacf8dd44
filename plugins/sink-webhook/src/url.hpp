#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::webhook {

/// The parts of a webhook URL that a request needs.
struct Url {
  std::string host;       ///< lower case, IPv6 without brackets: what is resolved, verified and sent as SNI
  std::string authority;  ///< value of the Host header; the port only where it is not the scheme's own
  std::string target;     ///< path and query, begins with '/'
  std::uint16_t port = 0;
  bool is_tls = false;
};

inline constexpr std::size_t kMaxUrlBytes = 2048;

/// Parses and vets a webhook URL. Empty when it is good; otherwise the rule that refuses it, for
/// `webhook URL refused: <rule>`, and url is unspecified. Refused: other schemes than http and https, user names,
/// fragments, ports below 1024 other than 80 and 443, anything outside visible ASCII, more than kMaxUrlBytes.
/// What the host name resolves to is not looked at: only the address of the socket counts (check_address).
std::string parse_url(std::string_view text, Url& url);

}  // namespace reprise::webhook
