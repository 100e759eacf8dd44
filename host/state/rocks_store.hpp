#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "host/base/clock.hpp"
#include "host/base/result.hpp"
#include "host/state/format.hpp"
#include "host/state/store.hpp"

namespace reprise::state {

/// Something a person should know about the store.
struct StoreEvent {
  enum class Kind : std::uint8_t {
    SetAside,  ///< at open: the database was damaged; it was renamed, and the store starts empty
    Migrated,  ///< at open: the format was raised
    Trouble,   ///< commits are refused, retriable, until Healed: the disk is full, or fails
    Healed,    ///< the database was opened anew and written to: commits work again
    Damaged,   ///< a read or write met corruption: the next open sets the database aside
    Lost,      ///< after trouble the disk no longer had what was acknowledged: commits are refused until the next open
  };
  Kind kind;
  std::string message;  ///< one line
};

struct OpenOptions {
  /// Told from open and later from any thread; must not call the store. May be empty.
  std::function<void(const StoreEvent&)> on_event;
  /// Names what is set aside. Null: the machine's.
  const Clock* clock = nullptr;
  /// Tests give another.
  Format format = current_format();
};

/// The worker's RocksDB, in directory/db. Owned by the worker, opened once, closed by its destructor, which joins its thread
/// and syncs. Thread-safe. Keys that begin with a NUL byte are its own: commit refuses them, scan does not show them.
class RocksStore final : public Store {
 public:
  /// Creates the directory (0700) if need be, and holds its lock from before RocksDB opens until after it is closed. A
  /// damaged database is renamed to corrupt-<utc> (two are kept) and replaced by an empty one: see was_set_aside.
  /// Errors: "store.in_use" (code: the pid), "store.not_writable", "store.newer", "store.format", "store.io", all fatal, and
  /// "store.no_space", retriable.
  static Result<std::unique_ptr<RocksStore>> open(const std::filesystem::path& directory, const OpenOptions& options);
  ~RocksStore() override;

  Result<> commit(const Batch& batch) override;
  Result<bool> get(std::string_view key, std::string* value) const override;
  Result<> scan(std::string_view prefix, std::string_view after,
                const std::function<bool(std::string_view key, std::string_view value)>& visit) const override;

  /// Ok, or what is wrong now: "store.no_space", "store.io" and "store.sync" pass by themselves (retriable), "store.lost" and
  /// "store.corrupt" do not (fatal). For health. Wait-free unless wrong.
  Result<> condition() const;
  /// Where the damaged database went that open found; empty: none.
  const std::filesystem::path& was_set_aside() const;
  /// Bytes on disk, about: tables and logs. For a metric, not for every record.
  std::uint64_t size_bytes() const;

 private:
  class Impl;
  explicit RocksStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

/// "7.8.3", of the library that is loaded.
std::string rocksdb_version();

}  // namespace reprise::state
