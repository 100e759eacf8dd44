#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace reprise {

/// Addresses (4 or 16 bytes, network order) that begin alike: "10.0.0.0/8". A value.
struct AddressRange {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;  ///< 4 or 16
  unsigned bits = 0;     ///< so many leading bits count; those behind them are 0

  /// nullopt: text is no range in CIDR notation (RFC 4632, RFC 4291), or has bits behind its prefix.
  static std::optional<AddressRange> parse(std::string_view text);
  /// The range that holds this address alone. REQUIRES: 4 or 16 bytes.
  static AddressRange of(std::span<const std::uint8_t> address);

  bool holds(std::span<const std::uint8_t> address) const;
  bool is_one_address() const { return bits == size * 8; }
  std::string text() const;

  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

/// The first range that holds the address, nullptr: none does.
const AddressRange* find_range(std::span<const AddressRange> ranges, std::span<const std::uint8_t> address);

/// "192.0.2.1" or "2001:db8::1".
std::string format_address(std::span<const std::uint8_t> address);

}  // namespace reprise
