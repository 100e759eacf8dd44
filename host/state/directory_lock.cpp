#include "host/state/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>

namespace reprise::state {
namespace {

constexpr const char* kLockFile = "worker.lock";

pid_t read_pid(int fd) {
  char text[32] = {};
  const ssize_t size = pread(fd, text, sizeof text - 1, 0);
  pid_t pid = 0;
  if (size > 0) {
    std::from_chars(text, text + size, pid);
  }
  return pid;
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory) {
  const auto path = directory / kLockFile;
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    const int reason = errno;
    if (reason == ENOSPC || reason == EDQUOT) {
      return retriable("store.no_space",
                       "state directory " + directory.string() + ": no space left to create " + kLockFile);
    }
    return fatal("store.not_writable",
                 "state directory " + directory.string() + " is not writable (" + std::strerror(reason) +
                     "): give this user the right to write there, or name another directory in worker.state_dir");
  }
  DirectoryLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fatal("store.lock", "cannot lock " + path.string() + ": " + std::strerror(errno));
    }
    const pid_t pid = read_pid(fd);
    auto error =
        fatal("store.in_use", "state directory " + directory.string() + " is in use by " +
                                  (pid > 0 ? "process " + std::to_string(pid) : std::string("another process")) +
                                  ": stop it, or name another directory in worker.state_dir");
    error.code = pid;
    return error;
  }
  // Best effort: on a full disk the lock holds all the same, only the name of its holder is missing.
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(fd, pid.data(), pid.size(), 0);
  }
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

std::optional<LockHolder> find_lock_holder(const std::filesystem::path& directory) {
  const int fd = open((directory / kLockFile).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return std::nullopt;
  }
  std::optional<LockHolder> holder;
  // A shared lock: two that only ask do not see each other as a holder.
  if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    holder = LockHolder{.pid = read_pid(fd)};
  }
  close(fd);
  return holder;
}

}  // namespace reprise::state
