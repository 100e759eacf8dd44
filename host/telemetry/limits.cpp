#include "host/telemetry/limits.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <system_error>

#include "host/base/time_text.hpp"

namespace reprise::telemetry {
namespace {

constexpr std::int64_t kEarliestWallMs = 1704067200000;  // 2024-01-01
constexpr std::int64_t kLatestWallMs = 4102444800000;    // 2100-01-01

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string shown_mib(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

std::vector<Finding> judge_open_files(std::uint64_t soft, std::uint64_t hard) {
  if (soft >= kOpenFilesWanted) return {};
  std::string message =
      "this process may open " + std::to_string(soft) + " files (hard limit " + std::to_string(hard) + "), ";
  message += soft < kOpenFilesMinimum ? "which is too few for Kafka, the state store and webhook connections"
                                      : "which may be too few for many webhook connections";
  message += "; raise it to " + std::to_string(kOpenFilesWanted) +
             " or more: LimitNOFILE= in the systemd unit, or ulimit -Hn in the shell";
  return {{"open files", std::move(message), false}};
}

std::vector<Finding> check_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = limit.rlim_max;
  }
  return judge_open_files(limit.rlim_cur, limit.rlim_max);
}

std::vector<Finding> judge_disk(std::string_view path, std::uint64_t free_bytes) {
  if (free_bytes >= kFreeDiskWanted) return {};
  const bool is_fatal = free_bytes < kFreeDiskMinimum;
  std::string message = std::string(path) + " has " + shown_mib(free_bytes) + " free, ";
  message += is_fatal ? "less than the " + shown_mib(kFreeDiskMinimum) + " without which state cannot be written"
                      : "less than the " + shown_mib(kFreeDiskWanted) + " wanted";
  message += "; free some space or set worker.state_dir to another disk";
  // A full disk is a state the worker lives through (it stops delivering and recovers by itself), so it starts all the same.
  return {{"disk", std::move(message), false}};
}

std::vector<Finding> check_disk(const std::string& path) {
  std::string probed = path.empty() ? "." : path;
  while (true) {
    struct statvfs stat {};
    if (statvfs(probed.c_str(), &stat) == 0)
      return judge_disk(path, static_cast<std::uint64_t>(stat.f_bavail) * stat.f_frsize);
    const int code = errno;
    if (code != ENOENT || probed == "/" || probed == ".") {
      return {{"disk", "cannot read the free space at " + path + ": " + std::generic_category().message(code), true}};
    }
    probed = parent_of(probed);
  }
}

std::vector<Finding> check_wall_clock(std::int64_t wall_ms) {
  if (wall_ms >= kEarliestWallMs && wall_ms < kLatestWallMs) return {};
  return {{"clock",
           "the wall clock says " + format_time(wall_ms) +
               ", so signatures and times of replays would be wrong; set the time (timedatectl set-ntp true)",
           true}};
}

std::vector<Finding> check_limits(const std::string& state_dir, std::int64_t wall_ms) {
  std::vector<Finding> findings = check_open_files();
  if (!state_dir.empty()) {
    for (Finding& finding : check_disk(state_dir)) findings.push_back(std::move(finding));
  }
  for (Finding& finding : check_wall_clock(wall_ms)) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace reprise::telemetry
