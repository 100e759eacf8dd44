#include "address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace reprise::webhook {
namespace {

const sockaddr_in& v4(const Address& address) { return reinterpret_cast<const sockaddr_in&>(address.storage); }
const sockaddr_in6& v6(const Address& address) { return reinterpret_cast<const sockaddr_in6&>(address.storage); }

}  // namespace

std::uint16_t Address::port() const { return ntohs(family() == AF_INET6 ? v6(*this).sin6_port : v4(*this).sin_port); }

void Address::set_port(std::uint16_t port) {
  if (family() == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
  else
    reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
}

reprise_bytes Address::bytes() const {
  if (family() == AF_INET6) return {v6(*this).sin6_addr.s6_addr, 16};
  return {reinterpret_cast<const std::uint8_t*>(&v4(*this).sin_addr), 4};
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN] = "?";
  inet_ntop(family(), bytes().data, buffer, sizeof buffer);
  return family() == AF_INET6 ? "[" + std::string(buffer) + "]:" + std::to_string(port())
                              : std::string(buffer) + ":" + std::to_string(port());
}

std::optional<Address> literal_address(const std::string& host, std::uint16_t port) {
  Address address;
  auto& in4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& in6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (inet_pton(AF_INET, host.c_str(), &in4.sin_addr) == 1) {
    in4.sin_family = AF_INET;
    in4.sin_port = htons(port);
    address.size = sizeof in4;
    return address;
  }
  if (inet_pton(AF_INET6, host.c_str(), &in6.sin6_addr) == 1) {
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    address.size = sizeof in6;
    return address;
  }
  return std::nullopt;
}

bool is_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto address = literal_address(std::string(text.substr(0, slash)), 0);
  const std::string_view digits = text.substr(slash + 1);
  std::size_t bits = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (!address || problem != std::errc{} || end != digits.data() + digits.size()) return false;
  const reprise_bytes bytes = address->bytes();
  if (bits > bytes.size * 8 || (digits.size() > 1 && digits.front() == '0')) return false;
  // 10.1.2.3/8 allows more, or, as the host reads it, less than its writer meant.
  for (std::size_t bit = bits; bit < bytes.size * 8; ++bit) {
    if ((bytes.data[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

}  // namespace reprise::webhook
