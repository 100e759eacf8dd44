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
#include "host/state/unseen_by_tsan.hpp"

namespace reprise::state {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kSyncInterval = 100ms;
constexpr auto kHealInterval = 500ms;
/// Free space, beyond what replaying the logs may write, from which on a store in trouble is opened again.
constexpr std::uint64_t kResumeBytes = 4 << 20;
/// Written when a store in trouble was opened again, before anybody else writes. Reserved.
constexpr std::string_view kProbe("\0probe", 6);

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
    acknowledged_ = db_->GetLatestSequenceNumber();
    return {};
  }

  void start_syncing() {
    syncer_ = std::jthread([this](std::stop_token stop) { sync_until(stop); });
  }

  Result<> write(const Batch& batch) {
    if (auto trouble = trouble_now(); !trouble) {
      REPRISE_FAILPOINT(store_refuses);
      return trouble;
    }
    const std::shared_lock lock(db_mutex_);
    if (db_ == nullptr) return trouble_now();
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
    const auto status = write(out);
    if (!status.ok()) return failed(status, "writing to ");
    note_written(db_->GetLatestSequenceNumber());
    return {};
  }

  rocksdb::Status write(rocksdb::WriteBatch& batch) {
    const UnseenByTsan call;
    return db_->Write(rocksdb::WriteOptions(), &batch);
  }

  Result<bool> get(std::string_view key, std::string* value) {
    const std::shared_lock lock(db_mutex_);
    if (db_ == nullptr) return trouble_now().error();
    const auto status = db_->Get(rocksdb::ReadOptions(), slice(key), value);
    if (status.ok()) return true;
    if (status.IsNotFound()) return false;
    return failed(status, "reading ");
  }

  /// The next part of a scan.
  Result<Page> read(std::string_view prefix, std::string_view after) {
    const std::shared_lock lock(db_mutex_);
    if (db_ == nullptr) return trouble_now().error();
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
      begin_trouble(error, StoreEvent::Kind::Trouble);
    } else {
      note_damage(error);
    }
    return error;
  }

  Result<> condition() const {
    if (is_well_) return {};
    const MutexLock lock(mutex_);
    if (damage_) return *damage_;
    return trouble_ ? Result<>(*trouble_) : Result<>();
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

  /// Ok, or why nothing may be written now.
  Result<> trouble_now() const {
    if (!has_trouble_) return {};
    const MutexLock lock(mutex_);
    return trouble_ ? Result<>(*trouble_) : Result<>();
  }

  /// Nothing is written from here to end_trouble. The first reason stays.
  void begin_trouble(const Error& error, StoreEvent::Kind kind) {
    {
      const MutexLock lock(mutex_);
      if (trouble_ && (trouble_->status == Status::Fatal || error.status != Status::Fatal)) return;
      trouble_ = error;
      is_well_ = false;
      has_trouble_ = true;
      changed_.notify_all();
    }
    tell(kind, error.message);
  }

  void end_trouble() {
    {
      const MutexLock lock(mutex_);
      trouble_.reset();
      is_well_ = !damage_;
      has_trouble_ = false;
    }
    tell(StoreEvent::Kind::Healed, (directory_ / kDatabase).string() + " is written to again");
  }

  /// Reading and writing go on as far as they can: what is done meanwhile need not be done again.
  void note_damage(const Error& error) {
    {
      const MutexLock lock(mutex_);
      if (damage_) return;
      damage_ = error;
      is_well_ = false;
    }
    mark_damaged(directory_ / kDatabase);
    tell(StoreEvent::Kind::Damaged, error.message);
  }

  void note_written(std::uint64_t sequence) {
    auto last = acknowledged_.load(std::memory_order_relaxed);
    while (last < sequence && !acknowledged_.compare_exchange_weak(last, sequence, std::memory_order_relaxed)) {
    }
    if (!is_dirty_.load(std::memory_order_relaxed) && !is_dirty_.exchange(true)) {
      const MutexLock lock(mutex_);  // or the notification falls between the syncer's check and its wait
      changed_.notify_all();
    }
  }

  void sync_until(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      wait(stop, 10s, [this] { return is_dirty_.load() || has_trouble_.load(); });
      wait(stop, has_trouble_ ? kHealInterval : kSyncInterval, [] { return false; });
      if (has_trouble_) {
        heal();
      } else if (is_dirty_.exchange(false)) {
        sync();
      }
    }
  }

  template <class Predicate>
  void wait(const std::stop_token& stop, std::chrono::milliseconds longest, Predicate predicate) {
    mutex_.lock();
    changed_.wait_for(mutex_, stop, longest, predicate);
    mutex_.unlock();
  }

  /// A sync that failed is not tried again: the kernel takes the pages for clean after it, so that the next one succeeds
  /// and proves nothing. See heal.
  void sync() {
    if (const int problem = sync_logs(directory_ / kDatabase); problem != 0) {
      begin_trouble(retriable("store.sync", "syncing " + (directory_ / kDatabase).string() + ": " +
                                                std::strerror(problem) + "; look at the disk, it is tried again"),
                    StoreEvent::Kind::Trouble);
    }
  }

  /// Goes on after trouble, if the disk lets it. The database is opened anew, and nothing is written to it before: RocksDB
  /// 7.8's own recovery can keep a log whose writer has failed, if that was at its first record, and the next write to it
  /// aborts (Debian's build has asserts) or fails for ever. Opening reads the logs and writes what they hold into synced tables.
  void heal() {
    const auto trouble = trouble_now();
    if (trouble || trouble.error().status == Status::Fatal || !is_worth_trying()) return;
    const std::unique_lock lock(db_mutex_);
    if (db_ != nullptr) {
      // What a failed sync may have lost of the logs is still in memory.
      if (trouble.error().kind == "store.sync") db_->Flush(rocksdb::FlushOptions()).PermitUncheckedError();
      db_->Close().PermitUncheckedError();
      db_.reset();
    }
    auto opened = open_database(directory_);
    if (!opened) return;
    if (opened->damage) return lose("it is damaged: " + *opened->damage);
    if (opened->db->GetLatestSequenceNumber() < acknowledged_)
      return lose("commits that were acknowledged are missing");
    db_ = std::move(opened->db);
    const bool is_written = db_->Put(rocksdb::WriteOptions(), slice(kProbe), "").ok();
    if (!is_written || sync_logs(directory_ / kDatabase) != 0) return;  // closed and opened again at the next attempt
    is_dirty_ = false;
    end_trouble();
  }

  /// Before the database is closed, and with it the reads that may still work.
  bool is_worth_trying() const {
    const auto space = disk_space(directory_);
    return space && space->available_bytes >= log_bytes(directory_ / kDatabase) + kResumeBytes && can_write(directory_);
  }

  void lose(const std::string& what) {
    begin_trouble(fatal("store.lost", (directory_ / kDatabase).string() + " was opened again after I/O errors, and " +
                                          what + "; look at the disk, then start the worker again"),
                  StoreEvent::Kind::Lost);
  }

  const DirectoryLock lock_;  // before db_: released after it is closed
  const fs::path directory_;
  const std::function<void(const StoreEvent&)> on_event_;
  mutable std::shared_mutex db_mutex_;  // shared: db_ is used; unique: it is replaced
  std::unique_ptr<rocksdb::DB> db_;     // null: could not be reopened yet
  fs::path set_aside_;                  // constant after open

  std::atomic<bool> is_dirty_ = false;
  std::atomic<std::uint64_t> acknowledged_ = 0;  // RocksDB's number of the last commit that was answered OK
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::optional<Error> trouble_ GUARDED_BY(mutex_);  // why nothing is written now
  std::optional<Error> damage_ GUARDED_BY(mutex_);   // why the next open will set the database aside
  std::atomic<bool> has_trouble_ = false;            // copies, for who only asks
  std::atomic<bool> is_well_ = true;

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
