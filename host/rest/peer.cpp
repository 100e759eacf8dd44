#include "host/rest/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace reprise::rest {
namespace {

// Every local program may come from any of its addresses.
constexpr const char* kLoopback = "loopback";

bool is_loopback(const in_addr& address) { return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET; }

}  // namespace

std::string peer_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "?";
  char text[INET6_ADDRSTRLEN] = "?";
  switch (address.ss_family) {
    case AF_INET: {
      const in_addr& from = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
      if (is_loopback(from)) return kLoopback;
      ::inet_ntop(AF_INET, &from, text, sizeof(text));
      break;
    }
    case AF_INET6: {
      const in6_addr& from = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
      if (IN6_IS_ADDR_LOOPBACK(&from)) return kLoopback;
      ::inet_ntop(AF_INET6, &from, text, sizeof(text));
      break;
    }
    case AF_UNIX: {
      ucred credentials{};
      socklen_t length = sizeof(credentials);
      if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0)
        return "pid " + std::to_string(credentials.pid);
      break;
    }
    default:
      break;
  }
  return text;
}

}  // namespace reprise::rest
