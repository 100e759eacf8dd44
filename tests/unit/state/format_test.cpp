#include "host/state/format.hpp"

#include <catch2/catch.hpp>

#include "host/state/rocks_store.hpp"
#include "temp_directory.hpp"

using namespace reprise;
using namespace reprise::state;
using Catch::Matchers::Contains;

namespace {

const std::string kFormatKey("\0format", 7);

std::string stored_version(const Store& store) {
  std::string text;
  REQUIRE(store.get(kFormatKey, &text).ok());
  return text;
}

/// 0 -> 1 moves what is below "w:" to "watermark/".
Migration renames_watermarks() {
  return {.from = 0, .step = [](const Store& store, Batch& batch) -> Result<> {
            auto scanned = store.scan("w:", "", [&](std::string_view key, std::string_view value) {
              batch.put("watermark/" + std::string(key.substr(2)), std::string(value));
              return true;
            });
            batch.erase_prefix("w:");
            return scanned;
          }};
}

std::unique_ptr<Store> store_of_format_0() {
  auto store = make_memory_store();
  Batch batch;
  batch.put("w:orders/0", "17");
  batch.put("w:orders/1", "4");
  REQUIRE(store->commit(batch).ok());
  return store;
}

}  // namespace

TEST_CASE("An empty store gets the current format", "[state][format]") {
  auto store = make_memory_store();

  CHECK(bring_to_format(*store, current_format()).value() == 1);

  CHECK(stored_version(*store) == "1");
}

TEST_CASE("A store of format 0 is migrated to 1, once", "[state][format]") {
  auto store = store_of_format_0();
  const Format wanted{.version = 1, .migrations = {renames_watermarks()}};

  CHECK(bring_to_format(*store, wanted).value() == 0);

  std::string value;
  REQUIRE(store->get("watermark/orders/0", &value).value());
  CHECK(value == "17");
  CHECK_FALSE(store->get("w:orders/0", &value).value());
  CHECK(stored_version(*store) == "1");
  CHECK(bring_to_format(*store, wanted).value() == 1);
}

TEST_CASE("Migrations run one after another from where the store is", "[state][format]") {
  auto store = store_of_format_0();
  std::string steps;
  const auto noting = [&](std::uint32_t from) {
    return Migration{.from = from, .step = [&steps, from](const Store&, Batch&) -> Result<> {
                       steps += std::to_string(from);
                       return {};
                     }};
  };

  CHECK(bring_to_format(*store, {.version = 2, .migrations = {noting(0), noting(1)}}).value() == 0);
  CHECK(bring_to_format(*store, {.version = 4, .migrations = {noting(3), noting(2), noting(1), noting(0)}}).value() ==
        2);

  CHECK(steps == "0123");
}

TEST_CASE("A step that fails changes nothing", "[state][format]") {
  auto store = store_of_format_0();
  const Migration failing{.from = 0, .step = [](const Store&, Batch& batch) -> Result<> {
                            batch.erase_prefix("w:");
                            return fatal("store.format", "cannot be read");
                          }};

  CHECK_FALSE(bring_to_format(*store, {.version = 1, .migrations = {failing}}).ok());

  std::string value;
  CHECK(store->get("w:orders/0", &value).value());
  CHECK(stored_version(*store).empty());
}

TEST_CASE("An older store without a way from there is refused", "[state][format]") {
  auto store = store_of_format_0();

  const auto result = bring_to_format(*store, current_format());

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "store.format");
  CHECK_THAT(result.error().message, Contains("format 0") && Contains("of format 1"));
}

TEST_CASE("A newer store is refused by the names of both versions", "[state][format]") {
  test::TempDirectory directory;
  {
    REQUIRE(RocksStore::open(directory.path(),
                             {.on_event = {}, .clock = nullptr, .format = {.version = 7, .migrations = {}}})
                .ok());
  }

  const auto result = RocksStore::open(directory.path(), {});

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "store.newer");
  CHECK_THAT(result.error().message, Contains("format 7") && Contains("up to 1"));
}

TEST_CASE("An older RocksDB directory is migrated at open, and it is told", "[state][format]") {
  test::TempDirectory directory;
  {
    auto store = RocksStore::open(directory.path(), {});
    REQUIRE(store.ok());
    Batch batch;
    batch.put("w:orders/0", "17");
    REQUIRE((*store)->commit(batch).ok());
  }
  std::string told;
  OpenOptions options;
  options.format = {.version = 2, .migrations = {renames_watermarks()}};
  options.format.migrations[0].from = 1;
  options.on_event = [&](const StoreEvent& event) { told = event.message; };

  auto store = RocksStore::open(directory.path(), options);

  REQUIRE(store.ok());
  std::string value;
  REQUIRE((*store)->get("watermark/orders/0", &value).value());
  CHECK(value == "17");
  CHECK_THAT(told, Contains("from format 1 to 2"));
}
