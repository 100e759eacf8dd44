#include "host/state/sync_logs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

namespace reprise::state {
namespace {

bool is_log(const dirent* entry) { return std::string_view(entry->d_name).ends_with(".log"); }

}  // namespace

int sync_logs(const std::filesystem::path& database) noexcept {
  DIR* directory = opendir(database.c_str());
  if (directory == nullptr) {
    return errno;
  }
  int problem = 0;
  while (const dirent* entry = readdir(directory)) {
    if (!is_log(entry)) {
      continue;
    }
    const int fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      problem = errno == ENOENT ? problem : errno;  // gone: its content is in tables, which are synced before
      continue;
    }
    if (fdatasync(fd) != 0) {
      problem = errno;
    }
    close(fd);
  }
  if (fsync(dirfd(directory)) != 0) {
    problem = errno;
  }
  closedir(directory);
  return problem;
}

std::uint64_t log_bytes(const std::filesystem::path& database) noexcept {
  DIR* directory = opendir(database.c_str());
  if (directory == nullptr) {
    return 0;
  }
  std::uint64_t bytes = 0;
  while (const dirent* entry = readdir(directory)) {
    struct stat file = {};
    if (is_log(entry) && fstatat(dirfd(directory), entry->d_name, &file, 0) == 0) {
      bytes += static_cast<std::uint64_t>(file.st_size);
    }
  }
  closedir(directory);
  return bytes;
}

}  // namespace reprise::state
