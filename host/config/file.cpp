#include "host/config/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "host/base/text.hpp"

namespace reprise::config {
namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error unreadable(int code) { return fatal("config.file", std::string("cannot be read: ") + std::strerror(code)); }

std::string mode_of(const struct stat& status) {
  char mode[16];
  std::snprintf(mode, sizeof mode, "(mode %04o)", static_cast<unsigned>(status.st_mode) & 07777u);
  return mode;
}

}  // namespace

Exposure exposure(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  Exposure out;
  if ((status.st_mode & S_IROTH) != 0)
    out.readers = "others can read the file " + mode_of(status) + ": run chmod o-r " + file.string();
  // root may change everything anyway, and a group of one's own is what many systems give each user.
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    out.writers = "it belongs to user " + std::to_string(status.st_uid) + ", who can change what this process does";
  } else if ((status.st_mode & S_IWGRP) != 0 && status.st_gid != ::getegid()) {
    out.writers = "group " + std::to_string(status.st_gid) + " may write to it " + mode_of(status) +
                  ": run chmod g-w " + file.string();
  }
  return out;
}

Result<std::string> read_private_file(const std::filesystem::path& file, FileRule rule, std::size_t max_bytes) {
  // O_NONBLOCK: opening a named pipe must not wait for its writer.
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) return unreadable(errno);
  if (S_ISDIR(status.st_mode)) return fatal("config.file", "is a directory");
  if (!S_ISREG(status.st_mode)) return fatal("config.file", "is not a regular file");
  const unsigned forbidden = rule == FileRule::NotReadableByOthers ? 06u : 02u;
  if ((status.st_mode & forbidden) != 0) {
    const bool is_writable = (status.st_mode & 02u) != 0;
    return fatal("config.file", std::string(is_writable ? "writable" : "readable") + " by others " + mode_of(status) +
                                    "; run: chmod o-rw " + file.string());
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes)
    return fatal("config.file", "has " + with_thousands(size) + " bytes; the limit is " + with_thousands(max_bytes));

  std::string text(max_bytes + 1, '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t count = ::read(fd.get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(errno);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  if (used > max_bytes) return fatal("config.file", "has more than " + with_thousands(max_bytes) + " bytes");
  text.resize(used);
  return text;
}

}  // namespace reprise::config
