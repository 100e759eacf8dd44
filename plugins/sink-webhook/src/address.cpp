#include "address.hpp"

#include <arpa/inet.h>

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

}  // namespace reprise::webhook
