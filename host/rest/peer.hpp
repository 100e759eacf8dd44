#pragma once
#include <string>

namespace reprise::rest {

/// Who is at the other end of a connected socket, for limits: "10.1.2.3" or "loopback" (whatever address of it) on TCP, "pid 4711" on a Unix
/// socket. What cannot be asked for is "?", one peer.
std::string peer_of(int fd);

}  // namespace reprise::rest
