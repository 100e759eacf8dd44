#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "host/state/rocks_store.hpp"
#include "temp_directory.hpp"

using namespace reprise;
using namespace reprise::state;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries all(const Store& store, std::string_view prefix, std::string_view after = "", std::size_t most = 1000000) {
  Entries found;
  const auto scanned = store.scan(prefix, after, [&](std::string_view key, std::string_view value) {
    found.emplace_back(key, value);
    return found.size() < most;
  });
  REQUIRE(scanned.ok());
  return found;
}

/// Both kinds of store promise the same.
struct Both {
  test::TempDirectory directory;
  std::vector<std::unique_ptr<Store>> stores;

  Both() {
    stores.push_back(make_memory_store());
    auto rocks = RocksStore::open(directory.path() / "state", {});
    REQUIRE(rocks.ok());
    stores.push_back(std::move(rocks).value());
  }
};

}  // namespace

TEST_CASE("A batch is visible as a whole, in the order of its changes", "[state][store]") {
  Both both;
  for (auto& store : both.stores) {
    Batch first;
    first.put("a/1", "one");
    first.put("a/2", "two");
    first.put("b/1", "other");
    REQUIRE(store->commit(first).ok());

    Batch second;
    second.erase_prefix("a/");
    second.put("a/3", "three");
    second.erase("b/1");
    REQUIRE(store->commit(second).ok());

    CHECK(all(*store, "") == Entries{{"a/3", "three"}});
    std::string value;
    CHECK_FALSE(store->get("a/1", &value).value());
    REQUIRE(store->get("a/3", &value).value());
    CHECK(value == "three");
  }
}

TEST_CASE("A scan stays in its prefix, starts after a key and stops when told", "[state][store]") {
  Both both;
  for (auto& store : both.stores) {
    Batch batch;
    for (const char* key : {"a", "b/", "b/1", "b/2", "b/3", "b0", "c"}) {
      batch.put(key, key);
    }
    batch.put("\xff\xff", "last");
    REQUIRE(store->commit(batch).ok());

    CHECK(all(*store, "b/").size() == 4);
    CHECK(all(*store, "b/", "b/1") == Entries{{"b/2", "b/2"}, {"b/3", "b/3"}});
    CHECK(all(*store, "b/", "b/15") == Entries{{"b/2", "b/2"}, {"b/3", "b/3"}});
    CHECK(all(*store, "b/", "a").size() == 4);
    CHECK(all(*store, "b/", "b0").empty());
    CHECK(all(*store, "b/", "", 2).size() == 2);
    CHECK(all(*store, "").size() == 8);
    CHECK(all(*store, "\xff") == Entries{{"\xff\xff", "last"}});
  }
}

TEST_CASE("A prefix of 0xff bytes can be erased", "[state][store]") {
  Both both;
  for (auto& store : both.stores) {
    Batch batch;
    batch.put("\xfe", "stays");
    batch.put("\xff", "goes");
    batch.put("\xff\xff\x01", "goes");
    REQUIRE(store->commit(batch).ok());

    Batch erase;
    erase.erase_prefix("\xff");
    REQUIRE(store->commit(erase).ok());

    CHECK(all(*store, "") == Entries{{"\xfe", "stays"}});
  }
}

TEST_CASE("A visit may call the store", "[state][store]") {
  Both both;
  for (auto& store : both.stores) {
    Batch batch;
    batch.put("k/1", "x");
    batch.put("k/2", "y");
    REQUIRE(store->commit(batch).ok());

    std::string seen;
    REQUIRE(store
                ->scan("k/", "",
                       [&](std::string_view key, std::string_view) {
                         std::string value;
                         seen += store->get(key, &value).value() ? value : "?";
                         return true;
                       })
                .ok());

    CHECK(seen == "xy");
  }
}

TEST_CASE("Random batches leave what a map would hold, also after reopening", "[state][store]") {
  test::TempDirectory directory;
  std::mt19937 random(20261121);
  std::map<std::string, std::string> model;
  for (int round = 0; round < 5; ++round) {
    auto store = RocksStore::open(directory.path(), {});
    REQUIRE(store.ok());
    CHECK(all(**store, "") == Entries(model.begin(), model.end()));
    for (int i = 0; i < 200; ++i) {
      Batch batch;
      for (int n = 0; n < 10; ++n) {
        const std::string prefix = "p" + std::to_string(random() % 20);
        const std::string key = prefix + "/" + std::to_string(random() % 50);
        switch (random() % 8) {
          case 0:
            batch.erase(key);
            model.erase(key);
            break;
          case 1:
            batch.erase_prefix(prefix + "/");
            std::erase_if(model, [&](const auto& entry) { return entry.first.starts_with(prefix + "/"); });
            break;
          default:
            const std::string value(random() % 300, 'v');
            batch.put(key, value);
            model[key] = value;
        }
      }
      REQUIRE((*store)->commit(batch).ok());
    }
    CHECK(all(**store, "") == Entries(model.begin(), model.end()));
  }
}
