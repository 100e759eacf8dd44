#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "host/state/disk_space.hpp"
#include "host/state/rocks_store.hpp"
#include "small_disk.hpp"

using namespace reprise;
using namespace reprise::state;
using namespace std::chrono_literals;
using test::SmallDisk;
using Steady = std::chrono::steady_clock;

namespace {

Batch batch_of(std::uint64_t number) {
  Batch batch;
  batch.put("last", std::to_string(number));
  batch.put("log/" + std::to_string(number % 512), std::string(8192, static_cast<char>('a' + number % 26)));
  batch.put("same", std::to_string(number));
  return batch;
}

std::string value_of(const Store& store, const char* key) {
  std::string value;
  const auto found = store.get(key, &value);
  REQUIRE(found.ok());
  return value;
}

}  // namespace

TEST_CASE("A full disk delays commits, loses nothing, and ends by itself", "[state][disk]") {
  const auto disk = SmallDisk::mounted(GENERATE(SmallDisk::Kind::Tmpfs, SmallDisk::Kind::Ext4));
  if (disk == nullptr) return;
  std::atomic<int> full = 0;
  std::atomic<int> back = 0;
  OpenOptions options;
  options.on_event = [&](const StoreEvent& event) {
    full += event.kind == StoreEvent::Kind::Trouble ? 1 : 0;
    back += event.kind == StoreEvent::Kind::Healed ? 1 : 0;
  };
  std::uint64_t acknowledged = 0;
  {
    auto store = RocksStore::open(disk->path() / "state", options);
    REQUIRE(store.ok());
    while (acknowledged < 100) {
      REQUIRE((*store)->commit(batch_of(++acknowledged)).ok());
    }
    for (int round = 1; round <= 2; ++round) {
      disk->fill();
      Result<> result;
      while (result.ok() && acknowledged < 100000) {
        result = (*store)->commit(batch_of(acknowledged + 1));
        acknowledged += result.ok() ? 1 : 0;
      }

      REQUIRE_FALSE(result.ok());
      CHECK(result.error().kind == "store.no_space");
      CHECK(result.error().status == Status::Retriable);
      CHECK((*store)->condition().error().kind == "store.no_space");
      CHECK(full == round);
      CHECK(value_of(**store, "last") == std::to_string(acknowledged));

      std::filesystem::remove(disk->ballast());
      const auto freed = Steady::now();
      while (!(*store)->commit(batch_of(acknowledged + 1)).ok() && Steady::now() - freed < 20s) {
        std::this_thread::yield();
      }
      const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - freed);

      WARN("commits worked again " << took.count() << " ms after there was space, at " << acknowledged);
      CHECK(took < 10s);
      ++acknowledged;
      CHECK((*store)->condition().ok());
      CHECK(back == round);
    }
    CHECK(value_of(**store, "last") == std::to_string(acknowledged));
  }
  auto store = RocksStore::open(disk->path() / "state", options);
  REQUIRE(store.ok());
  CHECK((*store)->was_set_aside().empty());
  CHECK(value_of(**store, "last") == std::to_string(acknowledged));
  CHECK(value_of(**store, "same") == std::to_string(acknowledged));
}

TEST_CASE("What was acknowledged before the disk was full is there after reopening while it is full", "[state][disk]") {
  const auto disk = SmallDisk::mounted(GENERATE(SmallDisk::Kind::Tmpfs, SmallDisk::Kind::Ext4));
  if (disk == nullptr) return;
  std::uint64_t acknowledged = 0;
  {
    auto store = RocksStore::open(disk->path() / "state", {});
    REQUIRE(store.ok());
    disk->fill();
    while (acknowledged < 100000 && (*store)->commit(batch_of(acknowledged + 1)).ok()) {
      ++acknowledged;
    }
  }
  {
    const auto while_full = RocksStore::open(disk->path() / "state", {});
    CHECK((while_full.ok() || while_full.error().kind == "store.no_space"));
  }
  std::filesystem::remove(disk->ballast());

  auto store = RocksStore::open(disk->path() / "state", {});

  REQUIRE(store.ok());
  CHECK((*store)->was_set_aside().empty());
  CHECK(acknowledged > 0);
  CHECK(std::stoull("0" + value_of(**store, "last")) >= acknowledged);
}

TEST_CASE("A read-only file system is refused with a clear line", "[state][disk]") {
  const auto disk = SmallDisk::mounted(GENERATE(SmallDisk::Kind::Tmpfs, SmallDisk::Kind::Ext4));
  if (disk == nullptr) return;
  { REQUIRE(RocksStore::open(disk->path() / "state", {}).ok()); }
  disk->remount_read_only();

  const auto result = RocksStore::open(disk->path() / "state", {});

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "store.not_writable");
  CHECK_THAT(result.error().message, Catch::Matchers::Contains("Read-only file system"));
}
