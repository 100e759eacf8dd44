#include "host/base/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace reprise {

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash > 45) return std::nullopt;  // longer than any address; npos as well
  char host[46] = {};
  std::memcpy(host, text.data(), slash);
  AddressRange range;
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

AddressRange AddressRange::of(std::span<const std::uint8_t> address) {
  AddressRange range;
  range.size = address.size();
  range.bits = static_cast<unsigned>(address.size() * 8);
  std::copy(address.begin(), address.end(), range.bytes.begin());
  return range;
}

bool AddressRange::holds(std::span<const std::uint8_t> address) const {
  if (address.size() != size) return false;
  const std::size_t whole = bits / 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), bytes.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((address[whole] ^ bytes[whole]) >> (8 - rest)) == 0;
}

std::string AddressRange::text() const { return format_address({bytes.data(), size}) + "/" + std::to_string(bits); }

const AddressRange* find_range(std::span<const AddressRange> ranges, std::span<const std::uint8_t> address) {
  const auto found =
      std::find_if(ranges.begin(), ranges.end(), [&](const AddressRange& range) { return range.holds(address); });
  return found == ranges.end() ? nullptr : &*found;
}

std::string format_address(std::span<const std::uint8_t> address) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (address.size() != 4 && address.size() != 16) return "(no address)";
  inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), buffer, sizeof buffer);
  return buffer;
}

}  // namespace reprise
