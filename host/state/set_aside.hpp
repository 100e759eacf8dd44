#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "host/base/result.hpp"

namespace reprise::state {

/// Renames directory/database to directory/corrupt-<utc>, for a person to look at, and removes all but the newest `keep` of
/// them. Returns the new path. Nothing is ever repaired in place: what a repair drops would be missing silently.
Result<std::filesystem::path> set_aside(const std::filesystem::path& directory, const std::filesystem::path& database,
                                        std::int64_t wall_ms, std::size_t keep = 2);

/// Leaves word in the database's folder that it is damaged, so that the next open sets it aside even if it would open. The word
/// goes with the folder: it never stands beside another database.
void mark_damaged(const std::filesystem::path& database) noexcept;
/// Is there such word?
bool is_marked_damaged(const std::filesystem::path& database);

}  // namespace reprise::state
