#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::telemetry {

/// Something about the machine that will hurt later. `is_fatal`: starting makes no sense.
struct Finding {
  std::string subject;  ///< "open files", "disk", "clock"
  std::string message;  ///< what is, what it means, the way out
  bool is_fatal = false;
};

inline constexpr std::uint64_t kOpenFilesMinimum = 1024;
inline constexpr std::uint64_t kOpenFilesWanted = 4096;
inline constexpr std::uint64_t kFreeDiskMinimum = 64ULL << 20;
inline constexpr std::uint64_t kFreeDiskWanted = 1ULL << 30;

/// Raises the soft limit of open files to the hard one, then judges what it is.
std::vector<Finding> check_open_files();
/// Free space where the state lives. A path that does not exist yet is judged by its nearest parent.
std::vector<Finding> check_disk(const std::string& path);
/// Years before 2024 or after 2100 mean a machine whose clock was never set: signatures would be refused everywhere.
std::vector<Finding> check_wall_clock(std::int64_t wall_ms);

/// The judgements alone, pure.
std::vector<Finding> judge_open_files(std::uint64_t soft, std::uint64_t hard);
std::vector<Finding> judge_disk(std::string_view path, std::uint64_t free_bytes);

/// All of the above. `state_dir` empty: disk not checked.
std::vector<Finding> check_limits(const std::string& state_dir, std::int64_t wall_ms);

}  // namespace reprise::telemetry
