#include "host/state/rocks_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "host/base/failpoint.hpp"
#include "host/base/mutex.hpp"
#include "host/state/directory_lock.hpp"
#include "host/state/disk_space.hpp"
#include "host/state/rocks_convert.hpp"
#include "host/state/rocks_open.hpp"
#include "host/state/rocks_page.hpp"
#include "host/state/set_aside.hpp"
#include "host/state/sync_logs.hpp"

namespace reprise::state {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kSyncInterval = 100ms;
constexpr auto kResumeInterval = 500ms;
/// Free space, beyond what replaying the logs may write, from which on a full store is opened again.
constexpr std::uint64_t kResumeBytes = 4 << 20;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

bool is_reserved(std::string_view key) { return key.starts_with(kReservedFirstByte); }

}  // namespace

class RocksStore::Impl {
 public:
  Impl(DirectoryLock lock, fs::path directory, std::function<void(const StoreEvent&)> on_event)
      : lock_(std::move(lock)), directory_(std::move(directory)), on_event_(std::move(on_event)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    if (syncer_.joinable()) {
      syncer_.request_stop();
      syncer_.join();
    }
    if (db_ != nullptr) {
      sync();
      db_->Close().PermitUncheckedError();
    }
  }

  Result<> open(const Clock& clock) {
    auto opened = open_database(directory_);
    if (!opened) return std::move(opened).error();
    if (opened->damage) {
      auto moved = set_aside(directory_, kDatabase, clock.wall_ms());
      if (!moved) return std::move(moved).error();
      set_aside_ = *moved;
      clear_damaged(directory_);
      tell(StoreEvent::Kind::SetAside, "the state in " + directory_.string() + " was damaged (" + *opened->damage +
                                           "); it is kept as " + moved->filename().string() +
                                           ", the store starts empty");
      opened = open_database(directory_);
      if (!opened || opened->damage) {
        return opened ? fatal("store.corrupt",
                              "a new database in " + directory_.string() + " is damaged: " + *opened->damage)
                      : std::move(opened).error();
      }
    }
    db_ = std::move(opened->db);
    return {};
  }

  void start_syncing() {
    syncer_ = std::jthread([this](std::stop_token stop) { sync_until(stop); });
  }

  Result<> write(const Batch& batch) {
    if (is_full_) {
      REPRISE_FAILPOINT(store_refuses);
      return condition();
    }
    const std::shared_lock lock(db_mutex_);
    if (db_ == nullptr) return closed();
    rocksdb::WriteBatch out;
    for (const auto& change : batch.changes()) {
      auto status = rocksdb::Status::OK();
      switch (change.kind) {
        case Batch::Kind::Put:
          status = out.Put(change.key, change.value);
          break;
        case Batch::Kind::Erase:
          status = out.Delete(change.key);
          break;
        case Batch::Kind::ErasePrefix:
          status = erase_prefix(out, change.key);
          break;
      }
      if (!status.ok()) return failed(status, "writing to ");
    }
    const auto status = db_->Write(rocksdb::WriteOptions(), &out);
    if (!status.ok()) return failed(status, "writing to ");
    note_written();
    return {};
  }

  Result<bool> get(std::string_view key, std::string* value) {
    const std::shared_lock lock(db_mutex_);
    if (db_ == nullptr) return closed();
    const auto status = db_->Get(rocksdb::ReadOptions(), slice(key), value);
    if (status.ok()) return true;
    if (status.IsNotFound()) return false;
    return failed(status, "reading ");
  }

  /// The next part of a scan.
  Result<Page> read(std::string_view prefix, std::string_view after) {
    const std::shared_lock lock(db_mutex_);
    if (db_ == nullptr) return closed();
    Page page;
    if (const auto status = read_page(*db_, prefix, after, &page); !status.ok()) return failed(status, "reading ");
    return page;
  }

  std::uint64_t size_bytes() {
    std::uint64_t tables = 0;
    const std::shared_lock lock(db_mutex_);
    if (db_ != nullptr) db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &tables);
    return tables + log_bytes(directory_ / kDatabase);
  }

  /// Remembers what went wrong, tells it once, and makes an Error of it.
  Error failed(const rocksdb::Status& status, std::string_view doing) {
    auto error = to_error(status, std::string(doing) + (directory_ / kDatabase).string());
    if (error.status == Status::Retriable) {
      if (!is_full_.exchange(true)) {
        tell(StoreEvent::Kind::Full, error.message);
        const MutexLock lock(mutex_);
        changed_.notify_all();
      }
      return error;
    }
    note_trouble(error);
    return error;
  }

  Result<> condition() const {
    if (has_trouble_) {
      const MutexLock lock(mutex_);
      return *trouble_;
    }
    if (has_sync_failed_) {
      return retriable("store.sync", (directory_ / kDatabase).string() + " cannot be synced: look at the disk");
    }
    if (is_full_) {
      return retriable("store.no_space", "no space left for " + (directory_ / kDatabase).string() + ": make room");
    }
    return {};
  }

  void tell(StoreEvent::Kind kind, const std::string& message) const {
    if (on_event_) {
      on_event_({.kind = kind, .message = message});
    }
  }

  const fs::path& was_set_aside() const { return set_aside_; }

 private:
  rocksdb::Status erase_prefix(rocksdb::WriteBatch& out, const std::string& prefix) const {
    const std::string end = prefix_end(prefix);
    if (!end.empty()) return out.DeleteRange(prefix, end);
    // All bytes are 0xff: a range cannot name its end, so each key goes by itself.
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions()));
    for (at->Seek(prefix); at->Valid(); at->Next()) {
      if (auto status = out.Delete(at->key()); !status.ok()) return status;
    }
    return at->status();
  }

  void note_trouble(const Error& error) {
    bool is_first = false;
    {
      const MutexLock lock(mutex_);
      is_first = !trouble_.has_value();
      if (is_first) trouble_ = error;
    }
    has_trouble_ = true;
    if (is_first && error.kind == "store.corrupt") {
      mark_damaged(directory_);
      tell(StoreEvent::Kind::Damaged, error.message);
    }
  }

  void note_written() {
    if (!is_dirty_.load(std::memory_order_relaxed) && !is_dirty_.exchange(true)) {
      const MutexLock lock(mutex_);  // or the notification falls between the syncer's check and its wait
      changed_.notify_all();
    }
  }

  void sync_until(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      wait(stop, 10s, [this] { return is_dirty_.load() || is_full_.load(); });
      wait(stop, is_full_ ? kResumeInterval : kSyncInterval, [] { return false; });
      if (is_dirty_.exchange(false)) sync();
      if (is_full_) reopen_if_possible();
    }
  }

  template <class Predicate>
  void wait(const std::stop_token& stop, std::chrono::milliseconds longest, Predicate predicate) {
    mutex_.lock();
    changed_.wait_for(mutex_, stop, longest, predicate);
    mutex_.unlock();
  }

  void sync() {
    const int problem = sync_logs(directory_ / kDatabase);
    if (problem == 0) {
      has_sync_failed_ = false;
      return;
    }
    is_dirty_ = true;  // tried again
    if (!has_sync_failed_.exchange(true)) {
      tell(StoreEvent::Kind::SyncFailed, "syncing " + (directory_ / kDatabase).string() + ": " +
                                             std::strerror(problem) +
                                             "; what is acknowledged would not survive a loss of power");
    }
  }

  /// Goes on after the disk was full. The database is opened anew, and nothing is written to it before: RocksDB 7.8's own
  /// recovery can keep a log whose writer has failed, if that was at its first record, and the next write to it aborts
  /// (Debian's build has asserts) or fails for ever.
  void reopen_if_possible() {
    const fs::path path = directory_ / kDatabase;
    const auto space = disk_space(directory_);
    if (!space || space->available_bytes < log_bytes(path) + kResumeBytes) return;
    const std::unique_lock lock(db_mutex_);
    if (db_ != nullptr) {
      db_->Close().PermitUncheckedError();
      db_.reset();
    }
    auto opened = open_database(directory_);
    if (opened && !opened->damage) {
      db_ = std::move(opened->db);
      is_full_ = false;
      tell(StoreEvent::Kind::SpaceBack, "there is space again for " + path.string());
    } else if (opened || opened.error().kind != "store.no_space") {
      note_trouble(
          opened ? fatal("store.corrupt", path.string() + " is damaged after the disk was full: " + *opened->damage)
                 : std::move(opened).error());
    }
  }

  /// Between a failed and the next attempt to reopen.
  Error closed() const {
    auto state = condition();
    return state ? retriable("store.no_space", (directory_ / kDatabase).string() + " is closed")
                 : std::move(state).error();
  }

  const DirectoryLock lock_;  // before db_: released after it is closed
  const fs::path directory_;
  const std::function<void(const StoreEvent&)> on_event_;
  mutable std::shared_mutex db_mutex_;  // shared: db_ is used; unique: it is replaced
  std::unique_ptr<rocksdb::DB> db_;     // null: could not be reopened yet
  fs::path set_aside_;                  // constant after open

  std::atomic<bool> is_dirty_ = false;
  std::atomic<bool> is_full_ = false;
  std::atomic<bool> has_sync_failed_ = false;
  std::atomic<bool> has_trouble_ = false;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::optional<Error> trouble_ GUARDED_BY(mutex_);

  std::jthread syncer_;
};

Result<std::unique_ptr<RocksStore>> RocksStore::open(const fs::path& directory, const OpenOptions& options) {
  if (auto prepared = prepare_directory(directory); !prepared) return std::move(prepared).error();
  auto lock = DirectoryLock::take(directory);
  if (!lock) return std::move(lock).error();
  const SystemClock system_clock;
  const Clock& clock = options.clock != nullptr ? *options.clock : system_clock;
  std::unique_ptr<RocksStore> store(
      new RocksStore(std::make_unique<Impl>(std::move(*lock), directory, options.on_event)));
  if (auto opened = store->impl_->open(clock); !opened) return std::move(opened).error();

  class Unguarded final : public Store {  // format.cpp writes the reserved key, which commit refuses to others
   public:
    explicit Unguarded(RocksStore& inner) : inner_(inner) {}
    Result<> commit(const Batch& batch) override { return inner_.impl_->write(batch); }
    Result<bool> get(std::string_view key, std::string* value) const override { return inner_.get(key, value); }
    Result<> scan(std::string_view prefix, std::string_view after,
                  const std::function<bool(std::string_view, std::string_view)>& visit) const override {
      return inner_.scan(prefix, after, visit);
    }

   private:
    RocksStore& inner_;
  } unguarded(*store);
  auto found = bring_to_format(unguarded, options.format);
  if (!found) return std::move(found).error();
  if (*found < options.format.version) {
    store->impl_->tell(StoreEvent::Kind::Migrated, "the state in " + directory.string() + " was migrated from format " +
                                                       std::to_string(*found) + " to " +
                                                       std::to_string(options.format.version));
  }
  store->impl_->start_syncing();
  return store;
}

RocksStore::RocksStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksStore::~RocksStore() = default;

Result<> RocksStore::commit(const Batch& batch) {
  for (const auto& change : batch.changes()) {
    if (is_reserved(change.key) || (change.key.empty() && change.kind == Batch::Kind::ErasePrefix)) {
      return permanent("store.key", "a key of the store itself, or an empty prefix, cannot be written from outside");
    }
  }
  return impl_->write(batch);
}

Result<bool> RocksStore::get(std::string_view key, std::string* value) const { return impl_->get(key, value); }

Result<> RocksStore::scan(std::string_view prefix, std::string_view after,
                          const std::function<bool(std::string_view, std::string_view)>& visit) const {
  std::string last(after);
  for (bool is_over = false; !is_over;) {
    const auto page = impl_->read(prefix, last);
    if (!page) return page.error();
    for (const auto& [key, value] : page->entries) {
      if (!visit(key, value)) {
        return {};
      }
    }
    is_over = page->is_last;
    last = page->entries.empty() ? last : page->entries.back().first;
  }
  return {};
}

Result<> RocksStore::condition() const { return impl_->condition(); }
const fs::path& RocksStore::was_set_aside() const { return impl_->was_set_aside(); }
std::uint64_t RocksStore::size_bytes() const { return impl_->size_bytes(); }

std::string rocksdb_version() { return rocksdb::GetRocksVersionAsString(); }

}  // namespace reprise::state
