#pragma once
#include <cstdint>
#include <filesystem>

#include "host/base/result.hpp"

namespace reprise::state {

/// Of the file system that holds a directory.
struct DiskSpace {
  std::uint64_t available_bytes = 0;  ///< for this user
  std::uint64_t total_bytes = 0;
};

/// Fatal when the directory cannot be asked.
Result<DiskSpace> disk_space(const std::filesystem::path& directory);

/// Retriable with kind "store.no_space" when fewer than minimum_bytes are free, with both figures.
Result<> require_free_space(const std::filesystem::path& directory, std::uint64_t minimum_bytes);

/// Makes, writes, syncs and removes a small file in directory, to see whether that works.
bool can_write(const std::filesystem::path& directory) noexcept;

}  // namespace reprise::state
