#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "host/state/rocks_store.hpp"
#include "small_disk.hpp"
#include "tests/faulty_files/faulty_files.hpp"

using namespace reprise;
using namespace reprise::state;
using namespace std::chrono_literals;
using test::SmallDisk;

namespace {

bool soon(const std::function<bool()>& is_true) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

void commit(Store& store, std::uint64_t number) {
  Batch batch;
  batch.put("left", std::to_string(number));
  batch.put("mark/" + std::to_string(number % 64), std::string(4096, 'm'));
  batch.put("right", std::to_string(number));
  REQUIRE(store.commit(batch).ok());
}

std::uint64_t number(const Store& store, const char* key) {
  std::string value;
  REQUIRE(store.get(key, &value).ok());
  return value.empty() ? 0 : std::stoull(value);
}

}  // namespace

TEST_CASE("What was acknowledged survives a loss of power from the next sync on, and is whole before it",
          "[state][disk][power]") {
  const auto disk = SmallDisk::mounted(SmallDisk::Kind::Ext4);
  if (disk == nullptr) return;
  const test::FaultyFiles files(disk->path());
  auto store = RocksStore::open(disk->path() / "state", {});
  REQUIRE(store.ok());
  std::uint64_t acknowledged = 0;
  std::uint64_t synced = 0;
  for (int loss = 1; loss <= 6; ++loss) {
    INFO("loss " << loss);
    for (int i = 0; i < 100; ++i) commit(**store, ++acknowledged);
    if (loss % 2 == 0) {                         // else: in the middle
      for (int round = 0; round < 2; ++round) {  // the first may have begun before the last commit
        const auto before = files.syncs();
        commit(**store, ++acknowledged);
        REQUIRE(soon([&] { return files.syncs() >= before + 2; }));  // the log, its directory
      }
      synced = acknowledged - 1;
    }

    const auto after = disk->after_power_loss();

    const auto found = RocksStore::open(after->path() / "state", {});
    REQUIRE(found.ok());
    CHECK((*found)->was_set_aside().empty());
    CHECK(number(**found, "left") >= synced);
    CHECK(number(**found, "left") <= acknowledged);
    CHECK(number(**found, "left") == number(**found, "right"));
  }
}

TEST_CASE("Syncs come with commits, not without, and not with each", "[state][disk][power]") {
  const auto disk = SmallDisk::mounted(SmallDisk::Kind::Ext4);
  if (disk == nullptr) return;
  const test::FaultyFiles files(disk->path());
  auto store = RocksStore::open(disk->path() / "state", {});
  REQUIRE(store.ok());
  const auto begin = std::chrono::steady_clock::now();
  const auto before = files.syncs();

  std::uint64_t count = 0;
  while (std::chrono::steady_clock::now() - begin < 1s) commit(**store, ++count);
  const auto rounds =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin) / 100ms;
  const auto syncs = files.syncs() - before;

  WARN(count << " commits, " << syncs << " syncs in " << rounds << " x 100 ms");
  CHECK(syncs >= 2);
  // A round is the log and its directory. A table that is written and its manifest sync too: one for 2 MiB of commits.
  CHECK(syncs <= 2 * static_cast<std::uint64_t>(rounds + 1) + 10 * (1 + count * 4200 / (2 << 20)));
}
