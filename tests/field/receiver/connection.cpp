#include "connection.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace field {

Connection::Connection(int socket, std::uint64_t id, SSL_CTX* tls) : socket_(socket), id_(id) {
  if (tls != nullptr) {
    tls_.reset(SSL_new(tls));
    SSL_set_fd(tls_.get(), socket_);
    SSL_set_accept_state(tls_.get());
  }
}

Connection::~Connection() {
  tls_.reset();
  ::close(socket_);
}

Connection::Io Connection::read() {
  static std::array<char, 65536> buffer;  // one thread
  for (;;) {
    ssize_t got = 0;
    if (tls_ != nullptr) {
      ERR_clear_error();
      got = SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (got <= 0) {
        const int error = SSL_get_error(tls_.get(), static_cast<int>(got));
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Io::Open : Io::Closed;
      }
    } else {
      got = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno == EAGAIN ? Io::Open : Io::Closed;
      if (got == 0) return Io::Closed;
    }
    in.append(buffer.data(), static_cast<std::size_t>(got));
    // A short read emptied the socket: epoll tells when there is more, which saves one call per request.
    if (tls_ == nullptr && static_cast<std::size_t>(got) < buffer.size()) return Io::Open;
  }
}

Connection::Io Connection::write() {
  std::size_t at = 0;
  Io result = Io::Open;
  while (at < out.size()) {
    ssize_t sent = 0;
    if (tls_ != nullptr) {
      ERR_clear_error();
      sent = SSL_write(tls_.get(), out.data() + at, static_cast<int>(out.size() - at));
      if (sent <= 0) {
        const int error = SSL_get_error(tls_.get(), static_cast<int>(sent));
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) result = Io::Closed;
        break;
      }
    } else {
      sent = ::send(socket_, out.data() + at, out.size() - at, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) {
        if (errno != EAGAIN) result = Io::Closed;
        break;
      }
    }
    at += static_cast<std::size_t>(sent);
  }
  out.erase(0, at);
  return result;
}

void Connection::reset_on_close() {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace field
