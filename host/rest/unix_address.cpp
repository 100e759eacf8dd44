#include "host/rest/unix_address.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace reprise::rest {

Result<UnixAddress> UnixAddress::of(const std::string& path) {
  UnixAddress address;
  address.address_.sun_family = AF_UNIX;
  std::string reached = path;
  if (reached.size() >= sizeof(address.address_.sun_path)) {
    const std::size_t slash = path.find_last_of('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    address.folder_ = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (address.folder_ < 0) {
      const int code = errno;
      Error error =
          fatal("rest.socket_path", "cannot open the folder of " + path + ": " + std::generic_category().message(code));
      error.code = code;
      return error;
    }
    reached = "/proc/self/fd/" + std::to_string(address.folder_) + "/" +
              (slash == std::string::npos ? path : path.substr(slash + 1));
  }
  if (path.empty() || reached.size() >= sizeof(address.address_.sun_path)) {
    return fatal("rest.socket_path", "the name of the socket " + path + " is empty or too long");
  }
  std::memcpy(address.address_.sun_path, reached.data(), reached.size());
  return address;
}

UnixAddress::UnixAddress(UnixAddress&& other) noexcept
    : address_(other.address_), folder_(std::exchange(other.folder_, -1)) {}

UnixAddress::~UnixAddress() {
  if (folder_ >= 0) ::close(folder_);
}

}  // namespace reprise::rest
