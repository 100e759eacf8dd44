#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/base/result.hpp"

namespace reprise::tables {

/// Key and value of one row; the value is JSON, secrets resolved.
struct RowSource {
  std::string key;
  std::string json;
};

/// How a table's rows differ from those before.
struct Change {
  std::size_t came = 0, went = 0, changed = 0;

  bool is_none() const { return came == 0 && went == 0 && changed == 0; }
};

struct Row {
  std::string json;
  std::uint64_t version = 0;  ///< from 1; never used twice within a process, whatever the row and table
};

/// What all tables held at one moment. Cheap to copy, immutable, thread-safe; rows live as long as a copy does. The host
/// takes one for each call of a plugin, so that one call sees one state of the world.
class Snapshot {
 public:
  /// The row, or null: no such table or key. table: a number that Tables::number gave.
  const Row* find(std::uint64_t table, std::string_view key) const;
  /// Rows of a table; 0 when there is no such table.
  std::size_t size(std::uint64_t table) const;

 private:
  friend class Tables;
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  using Rows = std::unordered_map<std::string, Row, KeyHash, std::equal_to<>>;
  /// Index: number - 1. A table without rows keeps its number.
  using Content = std::vector<std::shared_ptr<const Rows>>;

  Snapshot(std::shared_ptr<const Content> content, std::uint64_t generation)
      : content_(std::move(content)), generation_(generation) {}

  std::shared_ptr<const Content> content_;
  std::uint64_t generation_;
};

/// The tables of a worker, by name. Owned by the worker. Thread-safe; a reader never waits for a replace, at most for the copy
/// of one pointer. What was replaced is kept until free_unused, because whoever lets go of it last is a shard, and freeing a
/// million rows would stop its loop for a while.
class Tables {
 public:
  Tables();

  /// The number of a table, from 1 and for good; 0: not configured.
  std::uint64_t number(std::string_view name) const;
  Snapshot snapshot() const;
  /// Makes an older snapshot of this object the newest. Where nothing changed, the usual case, that is one load: a shard
  /// keeps a snapshot and refreshes it before each call of a plugin.
  void refresh(Snapshot* snapshot) const {
    if (generation_.load(std::memory_order_acquire) != snapshot->generation_) {
      *snapshot = this->snapshot();
    }
  }

  /// All rows of a table at once; makes the table if it is new. A row whose JSON did not change keeps its version. Permanent
  /// with kind "tables.duplicate", and nothing is changed, when a key comes twice.
  Result<Change> replace(std::string_view name, std::vector<RowSource> rows);
  /// Empties a table that is no longer configured. Its number stays, look-ups find nothing.
  Change remove(std::string_view name);
  /// Frees, on this thread, what was replaced and is no longer in any snapshot. How many states of the tables are still in one.
  std::size_t free_unused();
  /// Names of the tables that are configured, sorted.
  std::vector<std::string> names() const;

 private:
  void publish(const std::string& name, std::shared_ptr<const Snapshot::Rows> rows, bool is_configured)
      REQUIRES(mutex_);
  std::shared_ptr<const Snapshot::Rows> rows_of(const std::string& name) const;

  Mutex mutex_;  // orders the writers; nobody else waits while one builds
  std::uint64_t last_version_ GUARDED_BY(mutex_) = 0;
  std::vector<std::shared_ptr<const Snapshot::Content>> replaced_ GUARDED_BY(mutex_);

  // Not std::atomic<std::shared_ptr>: libstdc++ 12's unlocks it without the ordering that it needs.
  mutable Mutex content_mutex_;
  std::unordered_map<std::string, std::size_t> index_ GUARDED_BY(content_mutex_);
  std::vector<bool> is_configured_ GUARDED_BY(content_mutex_);
  std::shared_ptr<const Snapshot::Content> content_ GUARDED_BY(content_mutex_);
  std::atomic<std::uint64_t> generation_ = 1;  // changes after content_, under content_mutex_
};

}  // namespace reprise::tables
