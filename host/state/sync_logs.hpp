#pragma once
#include <cstdint>
#include <filesystem>

namespace reprise::state {

/// Makes durable what a RocksDB in database has written to its logs: fdatasync of each *.log, and of the directory. Returns 0
/// or errno. Not DB::SyncWAL: when a write has failed before it, or fails beside it (disk full), RocksDB 7.8 as Debian builds
/// it, with asserts, aborts the process. REQUIRES: manual_wal_flush is off, so that logs are in the kernel's hands.
int sync_logs(const std::filesystem::path& database) noexcept;

/// Bytes that those logs use on disk.
std::uint64_t log_bytes(const std::filesystem::path& database) noexcept;

}  // namespace reprise::state
