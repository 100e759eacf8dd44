#include "host/state/rocks_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>

#include "host/base/mutex.hpp"
#include "host/state/directory_lock.hpp"
#include "host/state/disk_space.hpp"
#include "host/state/rocks_convert.hpp"
#include "host/state/set_aside.hpp"

namespace reprise::state {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kDatabase = "db";
constexpr auto kSyncInterval = 100ms;
constexpr auto kResumeInterval = 500ms;
/// Below this RocksDB is not asked to resume: its flush would fill the disk again at once.
constexpr std::uint64_t kResumeBytes = 6 << 20;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

bool is_reserved(std::string_view key) { return key.starts_with(kReservedFirstByte); }

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
  return fatal("store.not_writable", "state directory " + directory.string() + " cannot be used (" + error.message() +
                                         "): give this user the right to write there, or name another in worker.state_dir");
}

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

struct Opened {
  std::unique_ptr<rocksdb::DB> db;
  std::optional<std::string> damage;  ///< set: it is damaged, and this is how
};

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
      db_->SyncWAL().PermitUncheckedError();  // a failure was told while the store was in use
      db_->Close().PermitUncheckedError();
    }
  }

  Result<> open(const Clock& clock) {
    auto opened = open_database(directory_);
    if (!opened) {
      return std::move(opened).error();
    }
    if (opened->damage) {
      auto moved = set_aside(directory_, kDatabase, clock.wall_ms());
      if (!moved) {
        return std::move(moved).error();
      }
      set_aside_ = *moved;
      clear_damaged(directory_);
      tell(StoreEvent::Kind::SetAside, "the state in " + directory_.string() + " was damaged (" + *opened->damage +
                                           "); it is kept as " + moved->filename().string() + ", the store starts empty");
      opened = open_database(directory_);
      if (!opened || opened->damage) {
        return opened ? fatal("store.corrupt", "a new database in " + directory_.string() + " is damaged: " + *opened->damage)
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
    rocksdb::WriteBatch out;
    for (const auto& change : batch.changes()) {
      auto status = rocksdb::Status::OK();
      switch (change.kind) {
        case Batch::Kind::Put: status = out.Put(change.key, change.value); break;
        case Batch::Kind::Erase: status = out.Delete(change.key); break;
        case Batch::Kind::ErasePrefix: status = erase_prefix(out, change.key); break;
      }
      if (!status.ok()) {
        return failed(status, "writing to ");
      }
    }
    const auto status = db_->Write(rocksdb::WriteOptions(), &out);
    if (!status.ok()) {
      return failed(status, "writing to ");
    }
    note_written();
    return {};
  }

  /// Remembers what went wrong, tells it once, and makes an Error of it.
  Error failed(const rocksdb::Status& status, std::string_view doing) {
    auto error = to_error(status, std::string(doing) + (directory_ / kDatabase).string());
    if (error.status == Status::Retriable) {
      if (!is_full_.exchange(true)) {
        tell(StoreEvent::Kind::Full, error.message);
        changed_.notify_all();
      }
      return error;
    }
    const bool is_corrupt = error.kind == "store.corrupt";
    bool is_first = false;
    {
      const MutexLock lock(mutex_);
      is_first = !trouble_.has_value();
      if (is_first) {
        trouble_ = error;
      }
    }
    has_trouble_ = true;
    if (is_first && is_corrupt) {
      mark_damaged(directory_);
      tell(StoreEvent::Kind::Damaged, error.message);
    }
    return error;
  }

  Result<> condition() const {
    if (has_trouble_) {
      const MutexLock lock(mutex_);
      return *trouble_;
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

  rocksdb::DB& db() const { return *db_; }
  const fs::path& was_set_aside() const { return set_aside_; }

 private:
  rocksdb::Status erase_prefix(rocksdb::WriteBatch& out, const std::string& prefix) const {
    const std::string end = prefix_end(prefix);
    if (!end.empty()) {
      return out.DeleteRange(prefix, end);
    }
    // All bytes are 0xff: a range cannot name its end, so each key goes by itself.
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions()));
    for (at->Seek(prefix); at->Valid(); at->Next()) {
      if (auto status = out.Delete(at->key()); !status.ok()) {
        return status;
      }
    }
    return at->status();
  }

  void note_written() {
    if (is_full_.load(std::memory_order_relaxed) && is_full_.exchange(false)) {
      tell(StoreEvent::Kind::SpaceBack, "there is space again for " + (directory_ / kDatabase).string());
    }
    if (!is_dirty_.load(std::memory_order_relaxed) && !is_dirty_.exchange(true)) {
      const MutexLock lock(mutex_);  // or the notification falls between the syncer's check and its wait
      changed_.notify_all();
    }
  }

  void sync_until(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      wait(stop, 10s, [this] { return is_dirty_.load() || is_full_.load(); });
      if (is_full_) {
        wait(stop, kResumeInterval, [] { return false; });
        resume_if_possible();
      } else if (is_dirty_) {
        wait(stop, kSyncInterval, [] { return false; });
        is_dirty_ = false;
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

  void sync() {
    const auto status = db_->SyncWAL();
    if (!status.ok()) {
      const auto error = failed(status, "syncing ");
      if (error.status == Status::Fatal) {
        tell(StoreEvent::Kind::SyncFailed, error.message);
      }
    }
  }

  /// RocksDB also looks by itself every five seconds, but not after every kind of failed write.
  void resume_if_possible() {
    const auto space = disk_space(directory_);
    if (!space || space->available_bytes < kResumeBytes) {
      return;
    }
    const auto status = db_->Resume();
    if (status.ok() && is_full_.exchange(false)) {
      tell(StoreEvent::Kind::SpaceBack, "there is space again for " + (directory_ / kDatabase).string());
    }
  }

  const DirectoryLock lock_;  // before db_: released after it is closed
  const fs::path directory_;
  const std::function<void(const StoreEvent&)> on_event_;
  std::unique_ptr<rocksdb::DB> db_;
  fs::path set_aside_;

  std::atomic<bool> is_dirty_ = false;
  std::atomic<bool> is_full_ = false;
  std::atomic<bool> has_trouble_ = false;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::optional<Error> trouble_ GUARDED_BY(mutex_);

  std::jthread syncer_;
};

Result<std::unique_ptr<RocksStore>> RocksStore::open(const fs::path& directory, const OpenOptions& options) {
  if (auto prepared = prepare_directory(directory); !prepared) {
    return std::move(prepared).error();
  }
  auto lock = DirectoryLock::take(directory);
  if (!lock) {
    return std::move(lock).error();
  }
  const SystemClock system_clock;
  const Clock& clock = options.clock != nullptr ? *options.clock : system_clock;
  std::unique_ptr<RocksStore> store(
      new RocksStore(std::make_unique<Impl>(std::move(*lock), directory, options.on_event)));
  if (auto opened = store->impl_->open(clock); !opened) {
    return std::move(opened).error();
  }

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
  if (!found) {
    return std::move(found).error();
  }
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

Result<bool> RocksStore::get(std::string_view key, std::string* value) const {
  const auto status = impl_->db().Get(rocksdb::ReadOptions(), slice(key), value);
  if (status.ok()) {
    return true;
  }
  if (status.IsNotFound()) {
    return false;
  }
  return impl_->failed(status, "reading ");
}

Result<> RocksStore::scan(std::string_view prefix, std::string_view after,
                          const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::string end = prefix_end(prefix);
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) {
    options.iterate_upper_bound = &upper;
  }
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db().NewIterator(options));
  const bool starts_after = !after.empty() && after >= prefix;
  at->Seek(slice(starts_after ? after : prefix));
  if (starts_after && at->Valid() && view(at->key()) == after) {
    at->Next();
  }
  for (; at->Valid() && at->key().starts_with(slice(prefix)); at->Next()) {
    if (!is_reserved(view(at->key())) && !visit(view(at->key()), view(at->value()))) {
      break;
    }
  }
  if (!at->status().ok()) {
    return impl_->failed(at->status(), "reading ");
  }
  return {};
}

Result<> RocksStore::condition() const { return impl_->condition(); }
const fs::path& RocksStore::was_set_aside() const { return impl_->was_set_aside(); }

std::uint64_t RocksStore::size_bytes() const {
  std::uint64_t tables = 0;
  impl_->db().GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &tables);
  std::uint64_t logs = 0;
  std::vector<std::unique_ptr<rocksdb::LogFile>> files;
  if (impl_->db().GetSortedWalFiles(files).ok()) {
    for (const auto& file : files) {
      logs += file->SizeFileBytes();
    }
  }
  return tables + logs;
}

std::string rocksdb_version() { return rocksdb::GetRocksVersionAsString(); }

}  // namespace reprise::state
