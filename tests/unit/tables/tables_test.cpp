#include "host/tables/tables.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace reprise;
using namespace reprise::tables;

namespace {

std::string json_of(const Snapshot& snapshot, std::uint64_t table, std::string_view key) {
  const Row* row = snapshot.find(table, key);
  return row == nullptr ? "none" : row->json;
}

}  // namespace

TEST_CASE("A table is found by name and a row by key", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("webhooks", {{"42", R"({"url":"a"})"}, {"43", R"({"url":"b"})"}}).ok());
  REQUIRE(tables.replace("rules", {{"42", "true"}}).ok());

  const auto webhooks = tables.number("webhooks");
  const auto snapshot = tables.snapshot();

  CHECK(webhooks != 0);
  CHECK(webhooks != tables.number("rules"));
  CHECK(json_of(snapshot, webhooks, "42") == R"({"url":"a"})");
  CHECK(json_of(snapshot, tables.number("rules"), "42") == "true");
  CHECK(json_of(snapshot, webhooks, "44") == "none");
  CHECK(json_of(snapshot, tables.number("nothing"), "42") == "none");
  CHECK(json_of(snapshot, 99, "42") == "none");
  CHECK(snapshot.size(webhooks) == 2);
  CHECK(tables.names() == std::vector<std::string>{"rules", "webhooks"});
}

TEST_CASE("A row that did not change keeps its version, any other gets a new one", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"same", "1"}, {"changed", "1"}, {"gone", "1"}}).ok());
  const auto number = tables.number("t");
  const auto before = tables.snapshot();

  REQUIRE(tables.replace("t", {{"changed", "2"}, {"same", "1"}, {"new", "1"}}).ok());

  const auto after = tables.snapshot();
  CHECK(after.find(number, "same")->version == before.find(number, "same")->version);
  CHECK(after.find(number, "changed")->version > before.find(number, "gone")->version);
  CHECK(after.find(number, "new")->version > before.find(number, "gone")->version);
  CHECK(after.find(number, "gone") == nullptr);
  CHECK(tables.number("t") == number);
}

TEST_CASE("A row that comes back has a new version", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"k", "1"}}).ok());
  const auto first = tables.snapshot().find(tables.number("t"), "k")->version;
  REQUIRE(tables.replace("t", {}).ok());

  REQUIRE(tables.replace("t", {{"k", "1"}}).ok());

  CHECK(tables.snapshot().find(tables.number("t"), "k")->version > first);
}

TEST_CASE("A snapshot keeps what it saw", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"k", "old"}}).ok());
  const auto number = tables.number("t");
  const auto snapshot = tables.snapshot();
  const Row* row = snapshot.find(number, "k");

  REQUIRE(tables.replace("t", {{"k", "new"}}).ok());
  REQUIRE(tables.replace("other", {{"k", "x"}}).ok());
  tables.remove("t");

  CHECK(row->json == "old");
  CHECK(json_of(snapshot, number, "k") == "old");
  CHECK(json_of(tables.snapshot(), number, "k") == "none");
  CHECK(tables.number("t") == 0);
}

TEST_CASE("A snapshot that is refreshed shows the newest rows", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"k", "old"}}).ok());
  auto snapshot = tables.snapshot();
  const auto number = tables.number("t");
  tables.refresh(&snapshot);
  CHECK(json_of(snapshot, number, "k") == "old");
  REQUIRE(tables.replace("t", {{"k", "new"}}).ok());
  CHECK(json_of(snapshot, number, "k") == "old");

  tables.refresh(&snapshot);

  CHECK(json_of(snapshot, number, "k") == "new");
}

TEST_CASE("A key that comes twice is refused and changes nothing", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"k", "old"}}).ok());

  const auto result = tables.replace("t", {{"a", "1"}, {"a", "2"}});

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "tables.duplicate");
  CHECK(json_of(tables.snapshot(), tables.number("t"), "k") == "old");
}

TEST_CASE("A table that was removed gets its number back", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"k", "1"}}).ok());
  const auto number = tables.number("t");
  tables.remove("t");
  CHECK(tables.names().empty());

  REQUIRE(tables.replace("t", {{"k", "2"}}).ok());

  CHECK(tables.number("t") == number);
}

TEST_CASE("Readers beside a writer see whole states", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"a", "0"}, {"b", "0"}}).ok());
  const auto number = tables.number("t");
  std::atomic<bool> is_over = false;
  std::atomic<int> torn = 0;
  std::atomic<std::uint64_t> reads = 0;
  std::size_t most_kept = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      auto snapshot = tables.snapshot();
      while (!is_over) {
        tables.refresh(&snapshot);
        torn += json_of(snapshot, number, "a") != json_of(snapshot, number, "b") ? 1 : 0;
        ++reads;
      }
    });
  }

  for (int i = 1; i <= 2000 || reads < 100; ++i) {
    const std::string value = std::to_string(i);
    REQUIRE(tables.replace("t", {{"a", value}, {"b", value}}).ok());
    most_kept = std::max(most_kept, tables.free_unused());
  }
  is_over = true;
  readers.clear();

  CHECK(torn == 0);
  CHECK(most_kept <= 4);  // a reader that is refreshing holds two
  CHECK(tables.free_unused() == 0);
}

TEST_CASE("What was replaced is freed by who asks for it, when it is in no snapshot any more", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"k", "old"}}).ok());
  auto snapshot = tables.snapshot();
  REQUIRE(tables.replace("t", {{"k", "new"}}).ok());
  REQUIRE(tables.replace("t", {{"k", "newer"}}).ok());

  CHECK(tables.free_unused() == 1);
  CHECK(json_of(snapshot, tables.number("t"), "k") == "old");
  tables.refresh(&snapshot);

  CHECK(tables.free_unused() == 0);
  CHECK(json_of(snapshot, tables.number("t"), "k") == "newer");
}

TEST_CASE("A replace tells what came, went and changed", "[tables]") {
  Tables tables;
  REQUIRE(tables.replace("t", {{"same", "1"}, {"changed", "1"}, {"gone", "1"}})->came == 3);

  const auto change = tables.replace("t", {{"changed", "2"}, {"same", "1"}, {"new", "1"}, {"newer", "1"}});

  CHECK(change->came == 2);
  CHECK(change->went == 1);
  CHECK(change->changed == 1);
  CHECK(tables.replace("t", {{"changed", "2"}, {"same", "1"}, {"new", "1"}, {"newer", "1"}})->is_none());
  CHECK(tables.remove("t").went == 4);
}
