#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "host/base/result.hpp"

namespace reprise {

/// May a socket go to this address (4 or 16 bytes, network order)? Refused are all ranges that are not global unicast
/// (IANA special-purpose registries, RFC 6890), unless one of allow_cidrs ("127.0.0.0/8", "fd00::/8") holds it. A v4-mapped
/// address counts as the IPv4 address it spells; NAT64, 6to4 and Teredo are refused, and where they are allowed the IPv4
/// address behind them is checked as well. own_ports are listeners of this process on loopback, which no allowed range opens.
/// The error is permanent, kind "address.refused", and names the rule.
Result<> check_outgoing_address(std::span<const std::uint8_t> address, std::uint16_t port,
                                std::span<const std::string_view> allow_cidrs,
                                std::span<const std::uint16_t> own_ports = {});

/// Is text a valid CIDR, "10.0.0.0/8"? Bits behind the prefix must be 0.
bool is_cidr(std::string_view text);

/// "192.0.2.1" or "2001:db8::1".
std::string format_address(std::span<const std::uint8_t> address);

}  // namespace reprise
