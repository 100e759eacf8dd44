#include "host/state/set_aside.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

namespace reprise::state {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "corrupt-";
constexpr const char* kMarker = "store.damaged";

/// 20261121T101112.345Z: sorts by time, legal everywhere.
std::string utc_name(std::int64_t wall_ms) {
  const time_t seconds = static_cast<time_t>(wall_ms / 1000);
  struct tm parts = {};
  gmtime_r(&seconds, &parts);
  char text[40] = {};
  const std::size_t size = strftime(text, sizeof text, "%Y%m%dT%H%M%S", &parts);
  const std::string fraction = std::to_string(1000 + wall_ms % 1000);
  return std::string(text, size) + "." + fraction.substr(1) + "Z";
}

void remove_old(const fs::path& directory, std::size_t keep) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().filename().string().starts_with(kPrefix)) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  for (std::size_t i = 0; i + keep < found.size(); ++i) {
    fs::remove_all(found[i], ignored);
  }
}

}  // namespace

Result<fs::path> set_aside(const fs::path& directory, const fs::path& database, std::int64_t wall_ms,
                           std::size_t keep) {
  const std::string base = kPrefix + utc_name(wall_ms);
  fs::path target = directory / base;
  for (int number = 2; fs::exists(target); ++number) {
    target = directory / (base + "-" + std::to_string(number));
  }
  std::error_code error;
  fs::rename(directory / database, target, error);
  if (error) {
    return fatal("store.corrupt", "the database in " + directory.string() + " is damaged and cannot be renamed to " +
                                      target.filename().string() + ": " + error.message());
  }
  remove_old(directory, keep);
  return target;
}

void mark_damaged(const fs::path& database) noexcept {
  const int fd = open((database / kMarker).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

bool is_marked_damaged(const fs::path& database) {
  std::error_code ignored;
  return fs::exists(database / kMarker, ignored);
}

}  // namespace reprise::state
