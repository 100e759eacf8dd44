#include <catch2/catch.hpp>

#include "harness/driver.hpp"

using namespace reprise::dedup::test;

TEST_CASE("The first of a content is kept, a copy after its outcome is a duplicate", "[dedup]") {
  Driver dedup;
  dedup.open();
  const auto first = dedup.apply_value("a");
  CHECK(first.action == REPRISE_KEEP);
  CHECK(first.tag != 0);
  dedup.settle(first.tag);

  CHECK(dedup.apply_value("a").action == REPRISE_REPEAT);
  CHECK(dedup.apply_value("b").action == REPRISE_KEEP);
  CHECK(dedup.host.metric("reprise_dedup_duplicates_total{kind=repeat}") == 1);
}

TEST_CASE("A copy that meets its first in flight is attached to it", "[dedup]") {
  Driver dedup;
  dedup.open();

  SECTION("in the same batch") {
    const auto verdicts = dedup.apply({{.value = "a"}, {.value = "b"}, {.value = "a"}});

    CHECK(verdicts[1].action == REPRISE_KEEP);
    CHECK(verdicts[2].action == REPRISE_ATTACH);
    CHECK(verdicts[2].leader == dedup.last_handle() - 2);
  }
  SECTION("in a later batch") {
    dedup.apply_value("a");
    const auto leader = dedup.last_handle();

    const auto copy = dedup.apply_value("a");

    CHECK(copy.action == REPRISE_ATTACH);
    CHECK(copy.leader == leader);
    CHECK(copy.tag == 0);
  }
  CHECK(dedup.host.metric("reprise_dedup_duplicates_total{kind=attached}") == 1);
}

TEST_CASE("Copies follow any final outcome of the first", "[dedup]") {
  Driver dedup;
  dedup.open();
  const auto first = dedup.apply_value("a");
  const reprise_outcome outcome =
      GENERATE(as<reprise_outcome>(), REPRISE_DELIVERED, REPRISE_DEAD_LETTERED, REPRISE_FILTERED, REPRISE_ABSORBED);

  dedup.settle(first.tag, outcome);

  CHECK(dedup.apply_value("a").action == REPRISE_REPEAT);
  dedup.crash();
  CHECK(dedup.apply_value("a").action == REPRISE_REPEAT);
}

TEST_CASE("When the first is abandoned, the next copy is delivered", "[dedup]") {
  Driver dedup;
  dedup.open();
  const auto first = dedup.apply_value("a");
  dedup.apply_value("a");

  dedup.settle(first.tag, REPRISE_ABANDONED);

  const auto next = dedup.apply_value("a");
  CHECK(next.action == REPRISE_KEEP);
  CHECK(next.tag != first.tag);
  dedup.settle(first.tag);  // an old tag names nobody
  CHECK(dedup.apply_value("a").action == REPRISE_ATTACH);
}

TEST_CASE("A mark is durable exactly with the commit that holds its outcome", "[dedup]") {
  Driver dedup;
  dedup.open();
  const auto kept = dedup.apply({{.value = "committed"}, {.value = "told"}, {.value = "in flight"}});
  dedup.settle(kept[0].tag);
  dedup.tell({{kept[1].tag, REPRISE_DELIVERED}});
  CHECK(dedup.apply_value("told").action == REPRISE_REPEAT);

  dedup.crash();

  CHECK(dedup.apply_value("committed").action == REPRISE_REPEAT);
  CHECK(dedup.apply_value("told").action == REPRISE_KEEP);
  CHECK(dedup.apply_value("in flight").action == REPRISE_KEEP);
}

TEST_CASE("Marks over several blocks are exact after a restart", "[dedup]") {
  Driver dedup;
  dedup.open();
  constexpr int kCount = 3000;
  for (int i = 0; i < kCount; ++i) {
    dedup.settle(dedup.apply_value("v" + std::to_string(i)).tag);
    if (i % 700 == 0) {
      dedup.crash();
    }
  }
  CHECK(dedup.host.state(0).size() == kCount / 512 + 1 + 1);  // blocks, and their bucket's head

  dedup.crash();

  int repeats = 0;
  int kept = 0;
  for (int i = 0; i < kCount; ++i) {
    repeats += dedup.apply_value("v" + std::to_string(i)).action == REPRISE_REPEAT ? 1 : 0;
    kept += dedup.apply_value("w" + std::to_string(i)).action == REPRISE_KEEP ? 1 : 0;
  }
  CHECK(repeats == kCount);
  CHECK(kept == kCount);
  CHECK(dedup.host.metric("reprise_dedup_entries") == kCount);
}

TEST_CASE("A large state is loaded in slices", "[dedup][one-thread]") {
  Driver dedup;
  dedup.open();
  for (int i = 0; i < 3000; ++i) {
    std::vector<TestRecord> records;
    for (int n = 0; n < 512; ++n) {
      records.push_back({.value = std::to_string(i * 512 + n)});
    }
    std::vector<std::pair<std::uint64_t, reprise_outcome>> outcomes;
    for (const auto& verdict : dedup.apply(records)) {
      outcomes.emplace_back(verdict.tag, REPRISE_DELIVERED);
    }
    dedup.tell(outcomes);
  }
  dedup.host.commit();
  dedup.close();

  const int calls = dedup.open();

  CHECK(calls == 2);
  CHECK(dedup.apply_value("0").action == REPRISE_REPEAT);
  CHECK(dedup.apply_value(std::to_string(3000 * 512 - 1)).action == REPRISE_REPEAT);
  CHECK(dedup.apply_value(std::to_string(3000 * 512)).action == REPRISE_KEEP);
}

TEST_CASE("State that cannot be read is retriable, state of another form is fatal", "[dedup]") {
  Driver dedup;
  reprise_error error{};
  SECTION("unreadable") {
    dedup.host.fails_reads = true;
    CHECK(dedup.open_once(0, &error) == REPRISE_RETRIABLE);
    dedup.host.fails_reads = false;
    CHECK(dedup.open_once(0, &error) == REPRISE_OK);
  }
  SECTION("another form") {
    dedup.host.state(0)["b-short"] = "not sixteen";
    CHECK(dedup.open_once(0, &error) == REPRISE_FATAL);
    CHECK(std::string(error.kind) == "state.form");
  }
}

TEST_CASE("Streams do not know each other's contents", "[dedup]") {
  Driver dedup;
  dedup.open(0);
  dedup.open(1);
  const auto first = dedup.apply_one({.value = "a"});

  const auto other = dedup.apply_one({.value = "a", .slot = 1});

  CHECK(other.action == REPRISE_KEEP);
  dedup.settle(first.tag);
  dedup.close(1);
  dedup.open(1);
  CHECK(dedup.apply_one({.value = "a", .slot = 1}).action == REPRISE_KEEP);
  CHECK(dedup.apply_one({.value = "a"}).action == REPRISE_REPEAT);
}

TEST_CASE("Rebuilding marks records without delivering them, durably", "[dedup]") {
  Driver dedup;
  dedup.open();

  dedup.rebuild({{.value = "a"}, {.value = "b"}, {.value = "a"}});

  CHECK(dedup.apply_value("a").action == REPRISE_REPEAT);
  CHECK(dedup.apply_value("c").action == REPRISE_KEEP);
  dedup.crash();
  CHECK(dedup.apply_value("b").action == REPRISE_REPEAT);
  CHECK(dedup.host.metric("reprise_dedup_entries") == 2);
}

TEST_CASE("Scope key keeps the contents of keys apart", "[dedup]") {
  Driver dedup{{"scope", "key"}, {"hash", GENERATE(as<std::string>(), "sha256", "xxh3")}};
  dedup.open();

  const auto verdicts = dedup.apply({{.value = "bc", .key = "a"},
                                     {.value = "c", .key = "ab"},
                                     {.value = "bc", .key = "x"},
                                     {.value = "bc", .key = "", .has_key = false},
                                     {.value = "bc", .key = ""},
                                     {.value = "bc", .key = "a"}});

  for (int i = 0; i < 5; ++i) {
    CHECK(verdicts[static_cast<std::size_t>(i)].action == REPRISE_KEEP);
  }
  CHECK(verdicts[5].action == REPRISE_ATTACH);
}

TEST_CASE("The same payload for two keys is no copy, unless one asks for that", "[dedup]") {
  Driver dedup;
  dedup.open();

  const auto verdicts = dedup.apply({{.value = "same", .key = "a"}, {.value = "same", .key = "b"}});

  CHECK(verdicts[0].action == REPRISE_KEEP);
  CHECK(verdicts[1].action == REPRISE_KEEP);
}

TEST_CASE("Scope partition sees copies across keys", "[dedup]") {
  Driver dedup{{"scope", "partition"}};
  dedup.open();

  const auto verdicts = dedup.apply({{.value = "same", .key = "a"}, {.value = "same", .key = "b"}});

  CHECK(verdicts[1].action == REPRISE_ATTACH);
}
