#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "host/base/result.hpp"

namespace reprise::rest {

/// A bound, listening, non-blocking socket and what to undo. Closed by its owner.
struct Listener {
  int fd = -1;
  int family = 0;
  std::uint16_t port = 0;  ///< TCP
  dev_t device = 0;        ///< Unix: which file it is, so that only ours is removed
  ino_t inode = 0;
};

/// Binds path with mode 0600. A socket file nobody answers on is replaced; anything else there is left alone.
Result<Listener> listen_unix(const std::string& path);
/// "127.0.0.1:0", "[::1]:8083", "localhost:0"; anything that is not loopback is refused.
Result<Listener> listen_tcp(const std::string& address);
/// Removes the socket file if it is still the one of this listener.
void remove_socket_file(const std::string& path, const Listener& listener);

}  // namespace reprise::rest
