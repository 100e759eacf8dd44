#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "host/base/failpoint.hpp"
#include "host/state/rocks_store.hpp"
#include "temp_directory.hpp"
#include "tests/faulty_files/faulty_files.hpp"

using namespace reprise;
using namespace reprise::state;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

bool soon(const std::function<bool()>& is_true) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

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

fs::path current_log(const fs::path& state) {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(state / "db")) {
    if (entry.path().extension() == ".log" && entry.path() > newest) newest = entry.path();
  }
  return newest;
}

struct Fault {
  const char* name;
  unsigned calls;
  int error;
};

}  // namespace

#if defined(REPRISE_FAILPOINTS)
TEST_CASE("A commit that is answered OK is written, also just when the disk has space again", "[state][faults]") {
  test::TempDirectory directory;
  const test::FaultyFiles files(directory.path());
  auto store = RocksStore::open(directory.path(), {});
  REQUIRE(store.ok());
  REQUIRE((*store)->commit(batch_of(1)).ok());
  files.fail(test::kCreates | test::kWrites, ENOSPC);
  REQUIRE_FALSE((*store)->commit(batch_of(2)).ok());
  at_failpoint("store_refuses", [&] {
    files.heal();
    REQUIRE(soon([&] { return (*store)->condition().ok(); }));
  });

  const auto committed = (*store)->commit(batch_of(3));

  at_failpoint("store_refuses", {});
  CHECK(value_of(**store, "last") == (committed.ok() ? "3" : "1"));
}
#endif

TEST_CASE("Every I/O error that passes delays commits, loses nothing, and ends by itself", "[state][faults]") {
  using namespace reprise::test;
  const auto fault = GENERATE(Fault{"EMFILE for every open", kOpens, EMFILE}, Fault{"EIO when writing", kWrites, EIO},
                              Fault{"EIO when syncing", kSyncs, EIO}, Fault{"ENOSPC", kCreates | kWrites, ENOSPC},
                              Fault{"EROFS", kCreates | kWrites, EROFS});
  INFO(fault.name);
  test::TempDirectory directory;
  const test::FaultyFiles files(directory.path());
  std::uint64_t acknowledged = 0;
  {
    auto store = RocksStore::open(directory.path(), {});
    REQUIRE(store.ok());
    while (acknowledged < 100) REQUIRE((*store)->commit(batch_of(++acknowledged)).ok());
    for (int round = 1; round <= 2; ++round) {
      files.fail(fault.calls, fault.error);
      Result<> refused;
      REQUIRE(soon([&] {
        refused = (*store)->commit(batch_of(acknowledged + 1));
        acknowledged += refused.ok() ? 1 : 0;
        return !refused.ok();
      }));

      INFO(refused.error().message);
      CHECK(refused.error().status == Status::Retriable);
      CHECK_FALSE((*store)->condition().ok());
      CHECK(value_of(**store, "last") == std::to_string(acknowledged));

      files.heal();
      REQUIRE(soon([&] { return (*store)->commit(batch_of(acknowledged + 1)).ok(); }));
      ++acknowledged;
      CHECK((*store)->condition().ok());
    }
    CHECK(value_of(**store, "last") == std::to_string(acknowledged));
  }
  auto store = RocksStore::open(directory.path(), {});
  REQUIRE(store.ok());
  CHECK((*store)->was_set_aside().empty());
  CHECK(value_of(**store, "last") == std::to_string(acknowledged));
  CHECK(value_of(**store, "same") == std::to_string(acknowledged));
}

// After a failed fsync the kernel takes the pages for clean, and may drop them: the next one succeeds and proves nothing.
TEST_CASE("What a failed sync covered is written anew before the store is well again", "[state][faults]") {
  test::TempDirectory directory;
  const test::FaultyFiles files(directory.path() / "state");
  auto store = RocksStore::open(directory.path() / "state", {});
  REQUIRE(store.ok());
  for (int round = 0; round < 2; ++round) {  // the first may have begun before the commit
    const auto before = files.syncs();
    REQUIRE((*store)->commit(batch_of(1)).ok());
    REQUIRE(soon([&] { return files.syncs() >= before + 2; }));  // the log, its directory
  }
  const fs::path log = current_log(directory.path() / "state");
  const auto synced_bytes = fs::file_size(log);

  files.fail(test::kNextSync, EIO);
  REQUIRE((*store)->commit(batch_of(2)).ok());
  REQUIRE(soon([&] { return !(*store)->condition().ok(); }));
  REQUIRE(soon([&] { return (*store)->condition().ok(); }));

  // The power fails, and what the failed sync left in memory is gone.
  fs::copy(directory.path() / "state", directory.path() / "after", fs::copy_options::recursive);
  const fs::path log_after = directory.path() / "after" / "db" / log.filename();
  if (fs::exists(log_after)) fs::resize_file(log_after, synced_bytes);
  const auto after = RocksStore::open(directory.path() / "after", {});
  REQUIRE(after.ok());
  CHECK(value_of(**after, "last") == "2");
}

TEST_CASE("Where a failing disk has lost what was acknowledged nothing goes on over it", "[state][faults]") {
  test::TempDirectory directory;
  const test::FaultyFiles files(directory.path());
  auto store = RocksStore::open(directory.path(), {});
  REQUIRE(store.ok());
  REQUIRE((*store)->commit(batch_of(1)).ok());
  const fs::path log = current_log(directory.path());
  const auto bytes = fs::file_size(log);
  REQUIRE((*store)->commit(batch_of(2)).ok());
  files.fail(test::kWrites, EIO);
  REQUIRE_FALSE((*store)->commit(batch_of(3)).ok());

  fs::resize_file(log, bytes);
  files.heal();

  Result<> committed;
  REQUIRE(soon([&] {
    committed = (*store)->commit(batch_of(4));
    return committed.ok() || committed.error().status != Status::Retriable;
  }));
  REQUIRE_FALSE(committed.ok());
  CHECK(committed.error().kind == "store.lost");
  CHECK((*store)->condition().error().kind == "store.lost");
}
