#include "host/base/address_check.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace reprise {
namespace {

// An address, and how many of its leading bits count.
struct Range {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;  // 4 or 16
  unsigned bits = 0;

  bool holds(std::span<const std::uint8_t> address) const {
    if (address.size() != size) return false;
    const std::size_t whole = bits / 8;
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), bytes.begin())) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((address[whole] ^ bytes[whole]) >> (8 - rest)) == 0;
  }
};

std::optional<Range> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash > 45) return std::nullopt;  // longer than any address; npos as well
  char host[46] = {};
  std::memcpy(host, text.data(), slash);
  Range range;
  range.size = text.substr(0, slash).find(':') == std::string_view::npos ? 4 : 16;
  if (inet_pton(range.size == 4 ? AF_INET : AF_INET6, host, range.bytes.data()) != 1) return std::nullopt;
  const auto digits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), range.bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || (digits.size() > 1 && digits[0] == '0'))
    return std::nullopt;
  if (range.bits > range.size * 8) return std::nullopt;
  // Bits behind the prefix would be ignored silently: 10.1.2.3/8 allows more than its writer meant.
  for (std::size_t bit = range.bits; bit < range.size * 8; ++bit) {
    if ((range.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return range;
}

struct Rule {
  std::string_view cidr;
  std::string_view what;
};

// IANA IPv4 Special-Purpose Address Registry (RFC 6890), without what it calls globally reachable.
constexpr std::array kRules4{
    Rule{"0.0.0.0/8", "this network"},
    Rule{"10.0.0.0/8", "private"},
    Rule{"100.64.0.0/10", "shared by carriers"},
    Rule{"127.0.0.0/8", "loopback"},
    Rule{"168.63.129.16/32", "a cloud's internal service"},
    Rule{"169.254.0.0/16", "link-local"},
    Rule{"172.16.0.0/12", "private"},
    Rule{"192.0.0.0/24", "for protocol assignments"},
    Rule{"192.0.2.0/24", "for documentation"},
    Rule{"192.88.99.0/24", "a 6to4 relay"},
    Rule{"192.168.0.0/16", "private"},
    Rule{"198.18.0.0/15", "for benchmarks"},
    Rule{"198.51.100.0/24", "for documentation"},
    Rule{"203.0.113.0/24", "for documentation"},
    Rule{"224.0.0.0/4", "multicast"},
    Rule{"255.255.255.255/32", "broadcast"},
    Rule{"240.0.0.0/4", "reserved"},
};

// IANA IPv6 Special-Purpose Address Registry; the last three hold everything outside 2000::/3, the global unicast space.
constexpr std::array kRules6{
    Rule{"::/128", "unspecified"},
    Rule{"::1/128", "loopback"},
    Rule{"64:ff9b::/96", "a translation to IPv4 (NAT64)"},
    Rule{"64:ff9b:1::/48", "a local translation to IPv4 (NAT64)"},
    Rule{"100::/64", "discard-only"},
    Rule{"2001::/32", "a tunnel to IPv4 (Teredo)"},
    Rule{"2001::/23", "for protocol assignments"},
    Rule{"2001:db8::/32", "for documentation"},
    Rule{"2002::/16", "a tunnel to IPv4 (6to4)"},
    Rule{"3fff::/20", "for documentation"},
    Rule{"5f00::/16", "for segment routing"},
    Rule{"fc00::/7", "unique local"},
    Rule{"fe80::/10", "link-local"},
    Rule{"fec0::/10", "site-local"},
    Rule{"ff00::/8", "multicast"},
    Rule{"::/3", "not global unicast"},
    Rule{"4000::/2", "not global unicast"},
    Rule{"8000::/1", "not global unicast"},
};

struct CompiledRule {
  Range range;
  Rule rule;
};

template <std::size_t N>
std::array<CompiledRule, N> compile(const std::array<Rule, N>& rules) {
  std::array<CompiledRule, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = {parse_cidr(rules[i].cidr).value(), rules[i]};
  return out;
}

const Rule* refusing_rule(std::span<const std::uint8_t> address) {
  static const auto rules4 = compile(kRules4);
  static const auto rules6 = compile(kRules6);
  const auto first = [&](const auto& rules) -> const Rule* {
    const auto it =
        std::find_if(rules.begin(), rules.end(), [&](const CompiledRule& r) { return r.range.holds(address); });
    return it == rules.end() ? nullptr : &it->rule;
  };
  return address.size() == 4 ? first(rules4) : first(rules6);
}

bool starts_with(std::span<const std::uint8_t> address, std::string_view cidr) {
  return parse_cidr(cidr).value().holds(address);
}

struct Carried {
  std::array<std::uint8_t, 4> address{};
  bool is_same_thing = false;  // v4-mapped: only a spelling of the IPv4 address
};

// The IPv4 address that an IPv6 address carries packets to.
std::optional<Carried> carried_v4(std::span<const std::uint8_t> a) {
  if (a.size() != 16) return std::nullopt;
  if (starts_with(a, "::ffff:0.0.0.0/96")) return Carried{{a[12], a[13], a[14], a[15]}, true};
  if (starts_with(a, "64:ff9b::/96")) return Carried{{a[12], a[13], a[14], a[15]}, false};
  if (starts_with(a, "2002::/16")) return Carried{{a[2], a[3], a[4], a[5]}, false};
  // RFC 4380, 4: the client's address with all bits inverted.
  if (starts_with(a, "2001::/32")) {
    const auto inverted = [](std::uint8_t b) { return static_cast<std::uint8_t>(~b); };
    return Carried{{inverted(a[12]), inverted(a[13]), inverted(a[14]), inverted(a[15])}, false};
  }
  return std::nullopt;
}

bool is_allowed(std::span<const std::uint8_t> address, std::span<const std::string_view> allow_cidrs) {
  return std::any_of(allow_cidrs.begin(), allow_cidrs.end(), [&](std::string_view text) {
    const auto range = parse_cidr(text);
    return range && range->holds(address);
  });
}

// "This network" and the unspecified address reach whatever listens on loopback.
bool is_this_machine(std::span<const std::uint8_t> address) {
  return starts_with(address, "127.0.0.0/8") || starts_with(address, "0.0.0.0/8") || starts_with(address, "::1/128") ||
         starts_with(address, "::/128");
}

}  // namespace

Result<> check_outgoing_address(std::span<const std::uint8_t> address, std::uint16_t port,
                                std::span<const std::string_view> allow_cidrs,
                                std::span<const std::uint16_t> own_ports) {
  if (address.size() != 4 && address.size() != 16)
    return permanent("address.refused", "an address has 4 or 16 bytes, not " + std::to_string(address.size()));
  if (port == 0) return permanent("address.refused", format_address(address) + " with port 0: no port to connect to");

  const auto carried = carried_v4(address);
  if (carried && carried->is_same_thing) return check_outgoing_address(carried->address, port, allow_cidrs, own_ports);

  if (std::find(own_ports.begin(), own_ports.end(), port) != own_ports.end() && is_this_machine(address)) {
    return permanent("address.refused", format_address(address) + " port " + std::to_string(port) +
                                            " is this worker's own API, which no webhook may reach");
  }
  const Rule* rule = refusing_rule(address);
  if (rule != nullptr && !is_allowed(address, allow_cidrs)) {
    return permanent("address.refused", format_address(address) + " is " + std::string(rule->what) + " (" +
                                            std::string(rule->cidr) +
                                            "), which may not be reached; name it in allow_cidrs if it is meant");
  }
  // Whoever allows a tunnel or a translator does not thereby allow every private address behind it.
  if (carried) {
    const auto behind = check_outgoing_address(carried->address, port, allow_cidrs, own_ports);
    if (!behind.ok())
      return permanent("address.refused", format_address(address) + " leads to " + behind.error().message);
  }
  return {};
}

bool is_cidr(std::string_view text) { return parse_cidr(text).has_value(); }

std::string format_address(std::span<const std::uint8_t> address) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (address.size() != 4 && address.size() != 16) return "(no address)";
  inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), buffer, sizeof buffer);
  return buffer;
}

}  // namespace reprise
