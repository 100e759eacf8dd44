#include "host/config/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "host/base/text.hpp"

namespace reprise::config {
namespace {

Error unreadable(int code) { return fatal("config.file", std::string("cannot be read: ") + std::strerror(code)); }

std::string mode_of(const struct stat& status) {
  char mode[16];
  std::snprintf(mode, sizeof mode, "(mode %04o)", static_cast<unsigned>(status.st_mode) & 07777u);
  return mode;
}

std::int64_t to_ns(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStamp to_stamp(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), to_ns(status.st_mtim),
          to_ns(status.st_ctim)};
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return to_stamp(status);
}

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

PrivateFile::PrivateFile(PrivateFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

PrivateFile::~PrivateFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<PrivateFile> PrivateFile::open(const std::filesystem::path& path, FileRule rule, std::uint64_t max_bytes) {
  // O_NONBLOCK: opening a named pipe must not wait for its writer.
  PrivateFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.fd_ < 0 || ::fstat(file.fd_, &status) != 0) return unreadable(errno);
  if (S_ISDIR(status.st_mode)) return fatal("config.file", "is a directory");
  if (!S_ISREG(status.st_mode)) return fatal("config.file", "is not a regular file");
  const unsigned forbidden = rule == FileRule::NotReadableByOthers ? 06u : 02u;
  if ((status.st_mode & forbidden) != 0) {
    const bool is_writable = (status.st_mode & 02u) != 0;
    return fatal("config.file", std::string(is_writable ? "writable" : "readable") + " by others " + mode_of(status) +
                                    "; run: chmod o-rw " + path.string());
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes)
    return fatal("config.file", "has " + with_thousands(size) + " bytes; the limit is " + with_thousands(max_bytes));
  return file;
}

Result<std::size_t> PrivateFile::read(std::span<char> buffer) {
  while (true) {
    const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return unreadable(errno);
  }
}

FileStamp PrivateFile::stamp() const {
  struct stat status {};
  return ::fstat(fd_, &status) == 0 ? to_stamp(status) : FileStamp{};
}

Result<std::string> read_private_file(const std::filesystem::path& path, FileRule rule, std::size_t max_bytes) {
  auto file = PrivateFile::open(path, rule, max_bytes);
  if (!file.ok()) return file.error();
  std::string text(max_bytes + 1, '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const auto count = file->read(std::span(text).subspan(used));
    if (!count.ok()) return count.error();
    if (*count == 0) break;
    used += *count;
  }
  if (used > max_bytes) return fatal("config.file", "has more than " + with_thousands(max_bytes) + " bytes");
  text.resize(used);
  return text;
}

}  // namespace reprise::config
