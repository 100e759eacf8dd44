#include "host/state/disk_space.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace reprise::state {

Result<DiskSpace> disk_space(const std::filesystem::path& directory) {
  struct statvfs answer = {};
  if (statvfs(directory.c_str(), &answer) != 0) {
    return fatal("store.disk", "cannot ask for the free space of " + directory.string() + ": " + std::strerror(errno));
  }
  const std::uint64_t unit = answer.f_frsize;
  return DiskSpace{.available_bytes = answer.f_bavail * unit, .total_bytes = answer.f_blocks * unit};
}

Result<> require_free_space(const std::filesystem::path& directory, std::uint64_t minimum_bytes) {
  auto space = disk_space(directory);
  if (!space) {
    return std::move(space).error();
  }
  if (space->available_bytes < minimum_bytes) {
    return retriable("store.no_space", directory.string() + " has " + std::to_string(space->available_bytes >> 20) +
                                           " MiB free, " + std::to_string(minimum_bytes >> 20) +
                                           " MiB are needed: make room");
  }
  return {};
}

bool can_write(const std::filesystem::path& directory) noexcept {
  const std::string path = directory.string() + "/store.probe";
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) {
    return false;
  }
  const bool is_written = write(fd, "?", 1) == 1 && fdatasync(fd) == 0;
  close(fd);
  return unlink(path.c_str()) == 0 && is_written;
}

}  // namespace reprise::state
