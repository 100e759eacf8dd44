#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "host/base/result.hpp"

namespace reprise::state {

/// Exclusive use of a state directory: an flock on `worker.lock`, which also names the holder's process id. Released by the
/// kernel when the process ends, however it ends; the file stays. Movable; children of spawn do not inherit it.
class DirectoryLock {
 public:
  /// Fatal with kind "store.in_use", the pid in the message and in code, when another process (or another lock of this
  /// one) holds it.
  static Result<DirectoryLock> take(const std::filesystem::path& directory);

  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}

  int fd_ = -1;
};

/// Who uses a state directory.
struct LockHolder {
  pid_t pid = 0;  ///< 0: somebody, who has not written it yet
};

/// Empty when nobody holds the directory's lock, also when there is no such directory. A moment's truth.
std::optional<LockHolder> find_lock_holder(const std::filesystem::path& directory);

}  // namespace reprise::state
