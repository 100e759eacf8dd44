#pragma once
#include <netinet/in.h>
#include <reprise/plugin.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::webhook {

/// An address and port a socket can connect to.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  std::uint16_t port() const;
  void set_port(std::uint16_t port);
  /// 4 or 16 bytes in network order, as check_address wants them; lent from this object.
  reprise_bytes bytes() const;
  std::string text() const;
};

/// The address that host spells literally ("192.0.2.1", "2001:db8::1"). Empty for names; the forms
/// that some read as numbers ("127.1", "0x7f.1") parse_url has refused.
std::optional<Address> literal_address(const std::string& host, std::uint16_t port);

/// Is text a range such as 10.0.0.0/8 or fd00::/8? Bits behind the prefix must be 0.
bool is_range(std::string_view text);

}  // namespace reprise::webhook
