#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/base/result.hpp"
#include "host/rest/router.hpp"

namespace reprise::rest {

/// "1.81.0", of the Boost that serves.
std::string boost_version();

struct ServerOptions {
  std::string
      socket_path;     ///< Unix socket, made with mode 0600; empty: none. May be longer than sockaddr_un's 107 bytes
  std::string listen;  ///< "127.0.0.1:8083", "[::1]:0"; empty: none. Only loopback, as there is no authentication
  /// Further values of Host that TCP clients may name, without port; loopback's are always allowed (DNS rebinding).
  std::vector<std::string> allowed_hosts;

  /// Of the socket and of TCP, each by itself. Who comes when there is no place takes that of the connection that has waited
  /// longest for its client, be it in the middle of a request; where handlers have all requests the answer is 503.
  std::size_t max_connections = 256;
  /// Of one address, all of loopback's being one, or one process on the socket; as above.
  std::size_t max_connections_per_peer = 128;
  std::chrono::milliseconds first_byte_deadline{5000};  ///< from connecting to the first byte
  std::chrono::milliseconds header_deadline{5000};      ///< from a request's first byte to the end of its head
  std::chrono::milliseconds body_deadline{10000};       ///< for the whole body
  std::chrono::milliseconds idle_deadline{30000};       ///< after a request, to the next
  std::chrono::milliseconds handler_deadline{60000};    ///< then 504; a later answer is dropped
  std::chrono::milliseconds write_deadline{10000};      ///< for a whole response
};

/// Serves one Router over HTTP/1.1 with one thread of its own. Handlers run on that thread. start() and stop() are called
/// from one thread at a time. Every request's head passes check_head() before anything else sees it. It does not do TLS,
/// authentication (so it binds nothing but loopback), HTTP/2, streaming or upgrades.
class Server {
 public:
  Server(Router router, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Takes its doors, so that port() is known, and answers nobody yet. A socket file that nobody answers on is replaced.
  /// Errors: "rest.socket_in_use" (somebody answers), "rest.bind", "rest.not_loopback". On failure nothing is left behind.
  Result<> bind();
  /// Binds, if that has not happened, and serves.
  Result<> start();

  /// Accepts nothing more, lets answers under way finish until the deadline, closes the rest, joins. Idempotent; may come
  /// before start(). The socket file is removed if it is still ours.
  void stop(std::chrono::milliseconds deadline = std::chrono::seconds(2));

  /// The TCP port in use, 0 when not listening on TCP.
  std::uint16_t port() const;
  std::size_t connections() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reprise::rest
