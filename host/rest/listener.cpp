#include "host/rest/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "host/rest/unix_address.hpp"

namespace reprise::rest {
namespace {

constexpr int kBacklog = 128;

/// A descriptor until it is released.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Error bind_error(const std::string& where, int code, const std::string& way_out) {
  Error error =
      fatal("rest.bind", "cannot listen on " + where + ": " + std::generic_category().message(code) + way_out);
  error.code = code;
  return error;
}

/// Does a process answer on this socket file? A refused connection is the only proof that none does.
bool is_answered(const UnixAddress& address) {
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.get() < 0) return true;
  return ::connect(probe.get(), address.get(), address.size()) == 0 || errno != ECONNREFUSED;
}

/// The loopback address and port in text, as sockaddr.
bool parse_loopback(const std::string& text, sockaddr_storage& out, socklen_t& size) {
  const std::size_t colon = text.find_last_of(':');
  if (colon == std::string::npos) return false;
  std::string host = text.substr(0, colon);
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return false;
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    size = sizeof(*v6);
    return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6->sin6_addr) == 1 &&
           IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(port);
  size = sizeof(*v4);
  return inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1 && (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return bound.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port)
                                     : ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

}  // namespace

Result<Listener> listen_unix(const std::string& path) {
  auto address = UnixAddress::of(path);
  if (!address) return address.error();
  struct stat existing {};
  if (::lstat(path.c_str(), &existing) == 0) {
    if (!S_ISSOCK(existing.st_mode))
      return bind_error(path, EEXIST, "; it is not a socket, remove it or choose another state_dir");
    if (is_answered(*address)) {
      return fatal("rest.socket_in_use",
                   "another process answers on " + path + "; stop it or choose another state_dir");
    }
    ::unlink(path.c_str());
  }
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return bind_error(path, errno, "");
  // The mode of the socket becomes the mode of the file, so there is no moment in which others may connect.
  if (::fchmod(fd.get(), 0600) != 0 || ::bind(fd.get(), address->get(), address->size()) != 0) {
    return bind_error(path, errno, "; check that its folder exists and is writable");
  }
  struct stat made {};
  if (::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), kBacklog) != 0 || ::lstat(path.c_str(), &made) != 0) {
    const int code = errno;
    ::unlink(path.c_str());
    return bind_error(path, code, "");
  }
  return Listener{.fd = fd.release(), .family = AF_UNIX, .port = 0, .device = made.st_dev, .inode = made.st_ino};
}

Result<Listener> listen_tcp(const std::string& address) {
  sockaddr_storage parsed{};
  socklen_t size = 0;
  if (!parse_loopback(address, parsed, size)) {
    return fatal("rest.not_loopback", "rest.listen: \"" + address +
                                          "\" is not a loopback address with a port, and without authentication "
                                          "nothing else is served; write 127.0.0.1:8083");
  }
  Descriptor fd(::socket(parsed.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return bind_error(address, errno, "");
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&parsed), size) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return bind_error(address, errno, errno == EADDRINUSE ? "; set rest.listen to another port" : "");
  }
  const std::uint16_t port = bound_port(fd.get());
  return Listener{.fd = fd.release(), .family = parsed.ss_family, .port = port};
}

void remove_socket_file(const std::string& path, const Listener& listener) {
  struct stat existing {};
  if (::lstat(path.c_str(), &existing) == 0 && existing.st_dev == listener.device && existing.st_ino == listener.inode)
    ::unlink(path.c_str());
}

}  // namespace reprise::rest
