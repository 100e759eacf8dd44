#include "host/base/address_check.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/machine_addresses.hpp"

namespace reprise {
namespace {

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
  AddressRange range;
  std::string_view what;
};

template <std::size_t N>
std::array<CompiledRule, N> compile(const std::array<Rule, N>& rules) {
  std::array<CompiledRule, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = {AddressRange::parse(rules[i].cidr).value(), rules[i].what};
  return out;
}

const CompiledRule* refusing_rule(std::span<const std::uint8_t> address) {
  static const auto rules4 = compile(kRules4);
  static const auto rules6 = compile(kRules6);
  const auto first = [&](const auto& rules) -> const CompiledRule* {
    const auto it =
        std::find_if(rules.begin(), rules.end(), [&](const CompiledRule& r) { return r.range.holds(address); });
    return it == rules.end() ? nullptr : &*it;
  };
  return address.size() == 4 ? first(rules4) : first(rules6);
}

bool is_in(std::span<const std::uint8_t> address, std::string_view cidr) {
  return AddressRange::parse(cidr).value().holds(address);
}

using AddressV4 = std::array<std::uint8_t, 4>;

// RFC 6052, 2.2: the IPv4 address stands behind the prefix; bits 64 to 71 are passed over.
AddressV4 translated_v4(std::span<const std::uint8_t> a, const AddressRange& prefix) {
  AddressV4 v4{};
  std::size_t at = prefix.bits / 8;
  for (std::uint8_t& byte : v4) {
    if (at == 8) ++at;
    byte = a[at++];
  }
  return v4;
}

// The IPv4 address that an IPv6 address only spells.
std::optional<AddressV4> spelled_v4(std::span<const std::uint8_t> a, const OutgoingRules& rules) {
  if (is_in(a, "::ffff:0.0.0.0/96")) return AddressV4{a[12], a[13], a[14], a[15]};
  const AddressRange* prefix = find_range(rules.nat64, a);
  return prefix == nullptr ? std::nullopt : std::optional(translated_v4(a, *prefix));
}

// The IPv4 address that an IPv6 address carries packets to, through somebody else's machine.
std::optional<AddressV4> carried_v4(std::span<const std::uint8_t> a) {
  if (is_in(a, "64:ff9b::/96")) return AddressV4{a[12], a[13], a[14], a[15]};
  if (is_in(a, "2002::/16")) return AddressV4{a[2], a[3], a[4], a[5]};
  // RFC 4380, 4: the client's address with all bits inverted.
  if (is_in(a, "2001::/32")) {
    const auto inverted = [](std::uint8_t b) { return static_cast<std::uint8_t>(~b); };
    return AddressV4{inverted(a[12]), inverted(a[13]), inverted(a[14]), inverted(a[15])};
  }
  return std::nullopt;
}

// "This network" and the unspecified address reach whatever listens on loopback.
bool is_loopback(std::span<const std::uint8_t> address) {
  return is_in(address, "127.0.0.0/8") || is_in(address, "0.0.0.0/8") || is_in(address, "::1/128") ||
         is_in(address, "::/128");
}

bool may_use(std::uint16_t port, const OutgoingRules& rules) {
  return rules.ports.empty() || std::any_of(rules.ports.begin(), rules.ports.end(), [port](const PortRange& range) {
           return range.first <= port && port <= range.last;
         });
}

Error refuse(std::string message) { return permanent("address.refused", std::move(message)); }

}  // namespace

Result<> check_outgoing_address(std::span<const std::uint8_t> address, std::uint16_t port, const OutgoingRules& rules,
                                std::span<const AddressRange> also_allowed) {
  if (address.size() != 4 && address.size() != 16)
    return refuse("an address has 4 or 16 bytes, not " + std::to_string(address.size()));
  const std::string shown = format_address(address);
  if (port == 0) return refuse(shown + " with port 0: no port to connect to");
  if (!may_use(port, rules)) return refuse("port " + std::to_string(port) + " is none of worker.outgoing.ports");
  if (const AddressRange* denied = find_range(rules.deny, address); denied != nullptr)
    return refuse(shown + " is in " + denied->text() + ", which worker.outgoing.deny_cidrs closes");

  const auto check_behind = [&](const AddressV4& v4) -> Result<> {
    const auto behind = check_outgoing_address(v4, port, rules, also_allowed);
    if (behind.ok()) return {};
    return refuse(shown + " leads to " + behind.error().message);
  };
  if (const auto spelled = spelled_v4(address, rules)) return check_behind(*spelled);

  if (is_loopback(address)) {
    if (std::find(rules.own_ports.begin(), rules.own_ports.end(), port) != rules.own_ports.end()) {
      return refuse(shown + " port " + std::to_string(port) + " is this worker's own API, which no webhook may reach");
    }
  } else if (rules.machine != nullptr && rules.machine->hold(address)) {
    const AddressRange alone = AddressRange::of(address);
    const auto names_it = [&](std::span<const AddressRange> ranges) {
      return std::find(ranges.begin(), ranges.end(), alone) != ranges.end();
    };
    if (!names_it(rules.allow) && !names_it(also_allowed)) {
      return refuse(shown + " is an address of this machine, which may not be reached; name " + alone.text() +
                    " in allow_cidrs if it is meant");
    }
  }
  const CompiledRule* rule = refusing_rule(address);
  if (rule != nullptr && find_range(rules.allow, address) == nullptr && find_range(also_allowed, address) == nullptr) {
    return refuse(shown + " is " + std::string(rule->what) + " (" + rule->range.text() +
                  "), which may not be reached; name it in allow_cidrs if it is meant");
  }
  // Whoever allows a tunnel or a translator does not thereby allow every private address behind it.
  if (const auto carried = carried_v4(address)) return check_behind(*carried);
  return {};
}

bool is_nat64_prefix(const AddressRange& range) {
  constexpr std::array kLengths{32u, 40u, 48u, 56u, 64u, 96u};
  return range.size == 16 && std::find(kLengths.begin(), kLengths.end(), range.bits) != kLengths.end();
}

}  // namespace reprise
