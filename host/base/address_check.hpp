#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "host/base/address_range.hpp"
#include "host/base/result.hpp"

namespace reprise {

class MachineAddresses;

struct PortRange {
  std::uint16_t first = 0, last = 0;  ///< both belong to it
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// Where plugins may connect to (YAML: worker.outgoing), and what is this worker's own. A value.
struct OutgoingRules {
  std::vector<AddressRange> allow = {};       ///< reachable although not global unicast
  std::vector<AddressRange> deny = {};        ///< never reachable, whoever allows it
  std::vector<PortRange> ports = {};          ///< empty: any
  std::vector<AddressRange> nat64 = {};       ///< prefixes as is_nat64_prefix wants them
  std::vector<std::uint16_t> own_ports = {};  ///< of this worker's listeners on loopback, which nothing opens
  MachineAddresses* machine = nullptr;        ///< borrowed; nullptr: addresses of interfaces are like any others
};

/// May a socket go to this address (4 or 16 bytes, network order)? Refused are all ranges that are not global unicast
/// (IANA special-purpose registries, RFC 6890), unless rules.allow or also_allowed holds it, and this machine's own addresses,
/// unless one of them names it alone (loopback: unless one holds it). An address that only spells an IPv4 address (v4-mapped,
/// or in one of rules.nat64) is judged as that one; other translators and tunnels (NAT64, 6to4, Teredo) are refused, and where
/// they are allowed the IPv4 address behind them is judged as well. The error is permanent, kind "address.refused", and names
/// the rule.
Result<> check_outgoing_address(std::span<const std::uint8_t> address, std::uint16_t port, const OutgoingRules& rules,
                                std::span<const AddressRange> also_allowed = {});

/// RFC 6052, 2.2: an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits.
bool is_nat64_prefix(const AddressRange& range);

}  // namespace reprise
