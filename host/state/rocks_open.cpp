#include "host/state/rocks_open.hpp"

#include <sys/stat.h>

#include <cerrno>
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

}  // namespace

Result<> prepare_directory(const fs::path& directory) {
  std::error_code error;
  if (directory.has_parent_path()) {
    fs::create_directories(directory.parent_path(), error);
  }
  if (!error && mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    error = std::error_code(errno, std::generic_category());
  }
  if (!error && !fs::is_directory(directory, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (!error) {
    // Payload hashes and progress are nobody else's business, whatever the umask was.
    struct stat now = {};
    if (stat(directory.c_str(), &now) == 0 && (now.st_mode & 0777) != 0700 && chmod(directory.c_str(), 0700) != 0) {
      error = std::error_code(errno, std::generic_category());
    }
  }
  if (!error) {
    return {};
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
  if (is_marked_damaged(directory) && fs::exists(path)) {
    return Opened{.db = nullptr, .damage = "corruption was met when it was last used"};
  }
  if (has_remains_only(path)) {
    return Opened{.db = nullptr, .damage = "its CURRENT file is missing"};
  }
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
