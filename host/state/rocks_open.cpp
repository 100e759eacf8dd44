#include "host/state/rocks_open.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "host/state/rocks_convert.hpp"
#include "host/state/set_aside.hpp"

namespace reprise::state {
namespace {

namespace fs = std::filesystem;

/// RocksDB would create a new database over the remains of one that lost its CURRENT file, and remove them.
bool has_remains_only(const fs::path& database) {
  std::error_code ignored;
  if (fs::exists(database / "CURRENT", ignored)) {
    return false;
  }
  for (const auto& entry : fs::directory_iterator(database, ignored)) {
    const auto extension = entry.path().extension();
    if (extension == ".sst" || extension == ".log" || entry.path().filename().string().starts_with("MANIFEST")) {
      return true;
    }
  }
  return false;
}

/// A directory for its owner only, whatever the umask is; one that exists stays as it is.
std::error_code make_private(const fs::path& directory) {
  if (mkdir(directory.c_str(), 0700) == 0) {
    return chmod(directory.c_str(), 0700) == 0 ? std::error_code() : std::error_code(errno, std::generic_category());
  }
  return errno == EEXIST ? std::error_code() : std::error_code(errno, std::generic_category());
}

/// Whoever may write there could put a state, a lock or a socket of theirs in the place of ours.
Result<> refuse_foreign(const fs::path& directory) {
  struct stat now = {};
  if (stat(directory.c_str(), &now) != 0) {
    return fatal("store.not_writable", "state directory " + directory.string() + ": " + std::strerror(errno));
  }
  if (now.st_uid != geteuid()) {
    return fatal("store.foreign", "state directory " + directory.string() + " belongs to user " +
                                      std::to_string(now.st_uid) + ", this process is user " +
                                      std::to_string(geteuid()) +
                                      ": run as that user, chown it, or name another in worker.state_dir");
  }
  if ((now.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fatal("store.foreign", "others may write to the state directory " + directory.string() +
                                      ": run chmod go-w on it if it is ours alone, or name one of its own in "
                                      "worker.state_dir");
  }
  return {};
}

}  // namespace

Result<> prepare_directory(const fs::path& directory) {
  std::error_code error;
  if (directory.has_parent_path()) {
    fs::create_directories(directory.parent_path(), error);
  }
  if (!error) {
    // Payload hashes and progress are nobody else's business. What was there before is its owner's to judge.
    error = make_private(directory);
  }
  if (!error && !fs::is_directory(directory, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (!error) {
    return refuse_foreign(directory);
  }
  if (error == std::errc::no_space_on_device) {
    return retriable("store.no_space", "state directory " + directory.string() + ": no space left on the device");
  }
  return fatal("store.not_writable",
               "state directory " + directory.string() + " cannot be used (" + error.message() +
                   "): give this user the right to write there, or name another in worker.state_dir");
}

Result<Opened> open_database(const fs::path& directory) {
  const fs::path path = directory / kDatabase;
  if (is_marked_damaged(path)) {
    return Opened{.db = nullptr, .damage = "corruption was met when it was last used"};
  }
  if (has_remains_only(path)) {
    return Opened{.db = nullptr, .damage = "its CURRENT file is missing"};
  }
  static_cast<void>(make_private(path));  // where that fails, RocksDB says why
  rocksdb::DB* raw = nullptr;
  const auto status = rocksdb::DB::Open(small_options(), path.string(), &raw);
  if (status.ok()) {
    return Opened{.db = std::unique_ptr<rocksdb::DB>(raw), .damage = std::nullopt};
  }
  if (status.IsCorruption() || status.subcode() == rocksdb::Status::kPathNotFound) {
    return Opened{.db = nullptr, .damage = status.ToString()};
  }
  return to_error(status, "opening " + path.string());
}

}  // namespace reprise::state
