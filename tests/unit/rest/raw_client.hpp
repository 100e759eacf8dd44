#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "host/rest/server.hpp"

namespace reprise::rest {

/// A folder that goes with the test.
struct Folder {
  Folder() {
    std::string name = "/tmp/reprise-rest-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

/// Bytes in, bytes out; every read has a deadline. It knows as little of HTTP as it can.
class RawClient {
 public:
  /// from: another loopback address than the usual, as whose peer it comes.
  explicit RawClient(std::uint16_t port, const char* from = nullptr)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    if (from != nullptr) {
      address.sin_family = AF_INET;
      ::inet_pton(AF_INET, from, &address.sin_addr);
      ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    }
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    is_connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool is_connected() const { return is_connected_; }

  /// False when the server does not take the bytes any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// One response with Content-Length (or none), as text; what arrived when the server closes or time passes.
  std::string read_response(std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (true) {
      const std::size_t size = response_size();
      if (size > 0) {
        std::string response = in_.substr(0, size);
        in_.erase(0, size);
        return response;
      }
      if (!read_some(end)) return std::move(in_);
    }
  }

  /// Everything until the server closes; `has_closed` says that it did.
  std::string read_to_end(std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (read_some(end)) {
    }
    return std::move(in_);
  }
  bool has_closed() const { return has_closed_; }

 private:
  std::size_t response_size() const {
    const std::size_t head = in_.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const std::size_t field = in_.find("Content-Length: ");
    const std::size_t body = field < head ? std::stoul(in_.substr(field + 16)) : 0;
    return in_.size() >= head + 4 + body ? head + 4 + body : 0;
  }

  bool read_some(std::chrono::steady_clock::time_point end) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd waiting{fd_, POLLIN, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
    char bytes[4096];
    const ssize_t received = ::recv(fd_, bytes, sizeof(bytes), 0);
    has_closed_ = received <= 0;
    if (received <= 0) return false;
    in_.append(bytes, static_cast<std::size_t>(received));
    return true;
  }

  int fd_;
  bool is_connected_ = false;
  bool has_closed_ = false;
  std::string in_;
};

inline int status_of(std::string_view response) {
  return response.substr(0, 9) == "HTTP/1.1 " ? std::stoi(std::string(response.substr(9, 3))) : 0;
}

inline std::string body_of(const std::string& response) {
  const std::size_t head = response.find("\r\n\r\n");
  return head == std::string::npos ? "" : response.substr(head + 4);
}

}  // namespace reprise::rest
