#include "connection.hpp"

#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "pool.hpp"

namespace reprise::webhook {
namespace {

IoResult failed_with(int error) { return {Io::Failed, 0, error}; }

}  // namespace

Connection::~Connection() { close(); }

IoResult Connection::open(const Address& address) {
  fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) return failed_with(errno);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd, address.get(), address.size) == 0) return {};
  return errno == EINPROGRESS || errno == EINTR ? IoResult{Io::WantWrite, 0, 0} : failed_with(errno);
}

IoResult Connection::connected() const {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return failed_with(errno);
  if (error != 0) return failed_with(error);
  Address address;
  return peer(address) ? IoResult{} : IoResult{Io::WantWrite, 0, 0};
}

bool Connection::peer(Address& address) const {
  address.size = sizeof address.storage;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size) == 0;
}

void Connection::start_tls(const TlsContext& context, std::int64_t now_ns) {
  tls = std::make_unique<TlsSession>(context, fd, origin->host, origin->session, now_ns);
}

void Connection::reset_request(const reprise_record& record) {
  body_ = record.value;
  sent_ = 0;
  sealed_.clear();
  parser.reset();
  has_answer = false;
  is_settled = false;
  ++requests;
}

IoResult Connection::send() {
  if (tls != nullptr) {
    if (sealed_.empty()) sealed_.assign(head).append(reinterpret_cast<const char*>(body_.data), body_.size);
    while (sent_ < sealed_.size()) {
      const IoResult result = tls->write(sealed_.data() + sent_, sealed_.size() - sent_);
      if (result.io != Io::Ok) return result;
      sent_ += result.bytes;
    }
    return {};
  }
  const std::size_t size = head.size() + body_.size;
  while (sent_ < size) {
    std::array<iovec, 2> parts;
    std::size_t count = 0;
    if (sent_ < head.size()) parts[count++] = {head.data() + sent_, head.size() - sent_};
    const std::size_t body_sent = sent_ > head.size() ? sent_ - head.size() : 0;
    if (body_sent < body_.size)
      parts[count++] = {const_cast<std::uint8_t*>(body_.data) + body_sent, body_.size - body_sent};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const auto written = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? IoResult{Io::WantWrite, 0, 0} : failed_with(errno);
    }
    sent_ += static_cast<std::size_t>(written);
  }
  return {};
}

IoResult Connection::receive(char* data, std::size_t size) {
  if (tls != nullptr) return tls->read(data, size);
  while (true) {
    const auto received = ::recv(fd, data, size, 0);
    if (received > 0) return {Io::Ok, static_cast<std::size_t>(received), 0};
    if (received == 0) return {Io::Closed, 0, 0};
    if (errno == EINTR) continue;
    return errno == EAGAIN ? IoResult{Io::WantRead, 0, 0} : failed_with(errno);
  }
}

void Connection::close() {
  tls.reset();
  if (fd >= 0) ::close(fd);
  fd = -1;
  watches_write = false;
}

}  // namespace reprise::webhook
