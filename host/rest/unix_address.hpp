#pragma once
#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "host/base/result.hpp"

namespace reprise::rest {

/// A socket's address for a path of any length: one that does not fit is reached through its folder's descriptor
/// (/proc/self/fd/N/name), which is held as long as this lives.
class UnixAddress {
 public:
  static Result<UnixAddress> of(const std::string& path);
  UnixAddress(UnixAddress&& other) noexcept;
  UnixAddress& operator=(UnixAddress&&) = delete;
  ~UnixAddress();

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t size() const { return sizeof(address_); }

 private:
  UnixAddress() = default;
  sockaddr_un address_{};
  int folder_ = -1;
};

}  // namespace reprise::rest
