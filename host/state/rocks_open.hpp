#pragma once
#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "host/base/result.hpp"

// Private to host/state: shows RocksDB.
namespace reprise::state {

/// The database's folder in the state directory.
inline constexpr const char* kDatabase = "db";

/// Makes directory, for its owner only, where it is missing; one that is there is never changed. Errors: "store.not_writable" and
/// "store.foreign" (it is another user's, or others may write to it; both fatal), "store.no_space" (retriable).
Result<> prepare_directory(const std::filesystem::path& directory);

struct Opened {
  std::unique_ptr<rocksdb::DB> db;
  std::optional<std::string> damage;  ///< set: the database is damaged, and this is how; db is null
};
/// Opens or creates directory/db. REQUIRES: the directory's lock is held.
Result<Opened> open_database(const std::filesystem::path& directory);

}  // namespace reprise::state
