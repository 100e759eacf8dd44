#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

namespace field {

/// One accepted socket, plain or TLS, with what has been read and not parsed and what is to be written. Owned by the server.
class Connection {
 public:
  enum class Io { Open, Closed };

  /// Takes the socket over. `tls` may be null.
  Connection(int socket, std::uint64_t id, SSL_CTX* tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Reads what is there into `in`. Closed when the peer has gone or TLS failed.
  Io read();
  /// Writes as much of `out` as the socket takes.
  Io write();
  /// Makes the coming close a reset (RST) instead of an orderly end.
  void reset_on_close();

  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] std::uint64_t id() const { return id_; }

  std::string in;
  std::string out;
  bool is_waiting = false;  ///< an answer is due later (slow) or never (hang): requests behind it wait
  bool close_when_written = false;
  bool is_endless = false;      ///< a body without end: refill `out` whenever it is empty
  bool wants_writable = false;  ///< what epoll has been told

 private:
  int socket_;
  std::uint64_t id_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
};

}  // namespace field
