#include "host/state/rocks_store.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <vector>

#include "host/state/directory_lock.hpp"
#include "host/state/disk_space.hpp"
#include "host/state/set_aside.hpp"
#include "temp_directory.hpp"

using namespace reprise;
using namespace reprise::state;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

class FixedClock final : public Clock {
 public:
  BootTime boot() const override { return {}; }
  std::int64_t wall_ms() const override { return wall_ms_ += 1000; }

 private:
  mutable std::int64_t wall_ms_ = 1'795'256'000'000;
};

void put(Store& store, const std::string& key, const std::string& value) {
  Batch batch;
  batch.put(key, value);
  REQUIRE(store.commit(batch).ok());
}

void fill(const fs::path& directory) {
  auto store = RocksStore::open(directory, {});
  REQUIRE(store.ok());
  put(**store, "watermark", "17");
}

fs::path manifest(const fs::path& database) {
  for (const auto& entry : fs::directory_iterator(database)) {
    if (entry.path().filename().string().starts_with("MANIFEST")) {
      return entry.path();
    }
  }
  return {};
}

void overwrite(const fs::path& path) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << "this is no manifest";
}

std::size_t count_set_aside(const fs::path& directory) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(directory)) {
    count += entry.path().filename().string().starts_with("corrupt-") ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("What was committed is there after reopening", "[state][rocks]") {
  test::TempDirectory directory;
  fill(directory.path());

  auto store = RocksStore::open(directory.path(), {});

  REQUIRE(store.ok());
  std::string value;
  REQUIRE((*store)->get("watermark", &value).value());
  CHECK(value == "17");
  CHECK((*store)->condition().ok());
  CHECK((*store)->was_set_aside().empty());
  CHECK((*store)->size_bytes() > 0);
}

TEST_CASE("A state directory that is made is for its owner only", "[state][rocks]") {
  test::TempDirectory directory;
  const fs::path path = directory.path() / "a" / "state";

  REQUIRE(RocksStore::open(path, {}).ok());

  CHECK(fs::status(path).permissions() == fs::perms::owner_all);
}

TEST_CASE("A directory in use is refused with the pid", "[state][rocks]") {
  test::TempDirectory directory;
  auto first = RocksStore::open(directory.path(), {});
  REQUIRE(first.ok());

  const auto second = RocksStore::open(directory.path(), {});

  REQUIRE_FALSE(second.ok());
  CHECK(second.error().kind == "store.in_use");
  CHECK(second.error().code == getpid());
  put(**first, "still", "works");
}

TEST_CASE("A state directory that exists keeps its permissions, and what is in it is its owner's only",
          "[state][rocks]") {
  test::TempDirectory directory;
  fs::permissions(directory.path(), fs::perms(0755));

  REQUIRE(RocksStore::open(directory.path(), {}).ok());

  CHECK(fs::status(directory.path()).permissions() == fs::perms(0755));
  CHECK(fs::status(directory.path() / "db").permissions() == fs::perms::owner_all);
}

TEST_CASE("A directory that others may write to is refused, and left as it is", "[state][rocks]") {
  test::TempDirectory directory;
  const auto mode = GENERATE(fs::perms(01777), fs::perms(0775));
  fs::permissions(directory.path(), mode);

  const auto result = RocksStore::open(directory.path(), {});

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "store.foreign");
  CHECK_THAT(result.error().message, Catch::Contains("others may write") && Catch::Contains("chmod go-w"));
  CHECK(fs::status(directory.path()).permissions() == mode);
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("A directory of another user is refused, and left as it is", "[state][rocks]") {
  if (geteuid() != 0) return;  // only root can give a directory away
  test::TempDirectory directory;
  REQUIRE(chown(directory.path().c_str(), 65534, 65534) == 0);

  const auto result = RocksStore::open(directory.path(), {});

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "store.foreign");
  CHECK_THAT(result.error().message, Catch::Contains("belongs to user 65534") && Catch::Contains("worker.state_dir"));
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("A directory that cannot be written is refused with the way out", "[state][rocks]") {
  test::TempDirectory directory;
  SECTION("when it is a file") { std::ofstream(directory.path() / "state") << "x"; }
  SECTION("when it belongs to someone else") {
    if (geteuid() != 0) {
      fs::permissions(directory.path(), fs::perms(0500));
    } else {
      REQUIRE(seteuid(65534) == 0);  // root may write everywhere
    }
  }

  const auto result = RocksStore::open(directory.path() / "state", {});

  if (getuid() == 0) {
    REQUIRE(seteuid(0) == 0);
  }
  fs::permissions(directory.path(), fs::perms(0700));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "store.not_writable");
  CHECK(result.error().status == Status::Fatal);
  CHECK_THAT(result.error().message, Contains((directory.path() / "state").string()) && Contains("worker.state_dir"));
}

TEST_CASE("A damaged database is set aside, the store starts empty and says so", "[state][rocks]") {
  test::TempDirectory directory;
  fill(directory.path());
  const fs::path database = directory.path() / "db";
  SECTION("when the manifest is garbage") { overwrite(manifest(database)); }
  SECTION("when the manifest is missing") { fs::remove(manifest(database)); }
  SECTION("when CURRENT is missing") { fs::remove(database / "CURRENT"); }
  SECTION("when CURRENT is garbage") { overwrite(database / "CURRENT"); }
  SECTION("when corruption was met in use") { mark_damaged(directory.path() / "db"); }
  std::vector<StoreEvent> events;
  const FixedClock clock;
  OpenOptions options;
  options.clock = &clock;
  options.on_event = [&](const StoreEvent& event) { events.push_back(event); };

  auto store = RocksStore::open(directory.path(), options);

  REQUIRE(store.ok());
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == StoreEvent::Kind::SetAside);
  CHECK_THAT(events[0].message, Contains("corrupt-20261121T"));
  CHECK(fs::is_directory((*store)->was_set_aside()));
  std::string value;
  CHECK_FALSE((*store)->get("watermark", &value).value());
  put(**store, "watermark", "0");

  store.value().reset();
  CHECK(RocksStore::open(directory.path(), {}).value()->was_set_aside().empty());
}

TEST_CASE("What is killed while it sets a damaged database aside does not cost the next one", "[state][rocks]") {
  test::TempDirectory directory;
  fill(directory.path());
  mark_damaged(directory.path() / "db");
  REQUIRE(set_aside(directory.path(), "db", 1'795'256'000'000).ok());  // and then it is killed
  fill(directory.path());

  const auto store = RocksStore::open(directory.path(), {});

  REQUIRE(store.ok());
  CHECK((*store)->was_set_aside().empty());
  std::string value;
  CHECK((*store)->get("watermark", &value).value());
}

TEST_CASE("Of the databases set aside two are kept", "[state][rocks]") {
  test::TempDirectory directory;
  const FixedClock clock;
  OpenOptions options;
  options.clock = &clock;
  for (int i = 0; i < 4; ++i) {
    { REQUIRE(RocksStore::open(directory.path(), options).ok()); }
    overwrite(manifest(directory.path() / "db"));
  }

  REQUIRE(RocksStore::open(directory.path(), options).ok());

  CHECK(count_set_aside(directory.path()) == 2);
}

TEST_CASE("Corruption met by a read is fatal, shown, and set aside at the next open", "[state][rocks]") {
  test::TempDirectory directory;
  {
    auto store = RocksStore::open(directory.path(), {});
    REQUIRE(store.ok());
    for (int i = 0; i < 2000; ++i) {  // more than one memtable, so that there are tables on disk
      put(**store, "key/" + std::to_string(100000 + i), std::string(8192, 'x'));
    }
  }
  bool is_damaged = false;
  for (const auto& entry : fs::directory_iterator(directory.path() / "db")) {
    if (entry.path().extension() == ".sst") {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(fs::file_size(entry.path()) / 3));
      file << std::string(64, '!');
      is_damaged = true;
    }
  }
  REQUIRE(is_damaged);
  std::vector<StoreEvent::Kind> events;
  OpenOptions options;
  options.on_event = [&](const StoreEvent& event) { events.push_back(event.kind); };
  auto store = RocksStore::open(directory.path(), options);
  REQUIRE(store.ok());

  const auto scanned = (*store)->scan("key/", "", [](std::string_view, std::string_view) { return true; });

  REQUIRE_FALSE(scanned.ok());
  CHECK(scanned.error().kind == "store.corrupt");
  CHECK(scanned.error().status == Status::Fatal);
  CHECK((*store)->condition().error().kind == "store.corrupt");
  CHECK(events == std::vector{StoreEvent::Kind::Damaged});
  store.value().reset();
  CHECK_FALSE(RocksStore::open(directory.path(), {}).value()->was_set_aside().empty());
}

TEST_CASE("The store's own keys are neither shown nor writable", "[state][rocks]") {
  test::TempDirectory directory;
  auto store = RocksStore::open(directory.path(), {});
  REQUIRE(store.ok());
  Batch batch;
  SECTION("put") { batch.put(std::string("\0format", 7), "9"); }
  SECTION("erase all") { batch.erase_prefix(""); }

  const auto result = (*store)->commit(batch);

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().status == Status::Permanent);
  std::size_t seen = 0;
  REQUIRE((*store)->scan("", "", [&](std::string_view, std::string_view) { return ++seen > 0; }).ok());
  CHECK(seen == 0);
}

TEST_CASE("Free space is checked with both figures", "[state][disk]") {
  test::TempDirectory directory;

  CHECK(require_free_space(directory.path(), 1).ok());
  const auto result = require_free_space(directory.path(), std::uint64_t{1} << 60);

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "store.no_space");
  CHECK(result.error().status == Status::Retriable);
  CHECK_THAT(result.error().message, Contains("MiB free") && Contains(std::to_string(std::uint64_t{1} << 40)));
  CHECK_FALSE(disk_space("/nonexistent").ok());
}

TEST_CASE("The library says its version", "[state][rocks]") { CHECK(rocksdb_version().find('.') != std::string::npos); }
