#include <catch2/catch.hpp>

#include "harness/driver.hpp"

using namespace reprise;
using namespace reprise::dedup::test;

namespace {

/// Does dedup take the second for a copy of the first?
bool is_copy(Driver& dedup, const TestRecord& first, const TestRecord& second) {
  return dedup.apply({first, second}).back().action == REPRISE_ATTACH;
}

}  // namespace

TEST_CASE("By key, records of one key are the same", "[dedup][subject]") {
  Driver dedup{{"by", "key"}};
  dedup.open();

  CHECK(is_copy(dedup, {.value = "1", .key = "a"}, {.value = "2", .key = "a"}));
  CHECK_FALSE(is_copy(dedup, {.value = "1", .key = "b"}, {.value = "1", .key = "c"}));
}

TEST_CASE("By header, the last one of the name counts", "[dedup][subject]") {
  Driver dedup{{"by", "header:event-id"}};
  dedup.open();

  CHECK(dedup.traits() == REPRISE_NEEDS_HEADERS);
  CHECK(is_copy(dedup, {.value = "1", .headers = {{"event-id", "7"}}},
                {.value = "2", .headers = {{"event-id", "6"}, {"event-id", "7"}, {"other", "8"}}}));
  CHECK_FALSE(
      is_copy(dedup, {.value = "1", .headers = {{"event-id", "8"}}}, {.value = "1", .headers = {{"event-id", "9"}}}));
}

TEST_CASE("By JSON pointer, the value at its place counts", "[dedup][subject]") {
  Driver dedup{{"by", "json:/event/id"}};
  dedup.open();
  CHECK(dedup.traits() == 0);

  CHECK(is_copy(dedup, {.value = R"({"event":{"id":"x"},"n":1})"}, {.value = R"({"n":2,"event":{"z":[],"id":"x"}})"}));
  CHECK(is_copy(dedup, {.value = R"({"event":{"id":17 }})"}, {.value = R"({"event":{"id":17,"a":1}})"}));
  CHECK(is_copy(dedup, {.value = R"({"event":{"id":"\u0041"}})"}, {.value = R"({"event":{"id":"A"}})"}));
  CHECK(is_copy(dedup, {.value = R"({"event":{"id":{"a":[1]}}})"}, {.value = R"({"event":{"id":{"a":[1]}}})"}));
  CHECK_FALSE(is_copy(dedup, {.value = R"({"event":{"id":1}})"}, {.value = R"({"event":{"id":"1"}})"}));
  CHECK_FALSE(is_copy(dedup, {.value = R"({"event":{"id":true}})"}, {.value = R"({"event":{"id":"true"}})"}));
  CHECK_FALSE(is_copy(dedup, {.value = R"({"event":{"id":"p"}})"}, {.value = R"({"event":{"id":"q"}})"}));
}

TEST_CASE("A JSON pointer may go through arrays and escapes", "[dedup][subject]") {
  Driver dedup{{"by", "json:/a~1b/1/c~0d"}};
  dedup.open();

  CHECK(is_copy(dedup, {.value = R"({"a/b":[0,{"c~d":5}]})"}, {.value = R"({"x":0,"a/b":[9,{"c~d":5}]})"}));
}

TEST_CASE("A record without the value is kept each time, or rejected", "[dedup][subject]") {
  const TestRecord record = GENERATE(TestRecord{.value = R"({"other":1})"}, TestRecord{.value = R"({"id":null})"},
                                     TestRecord{.value = "no json"}, TestRecord{.value = ""},
                                     TestRecord{.value = R"({"id":)"}, TestRecord{.value = "", .has_value = false});
  SECTION("keep") {
    Driver dedup{{"by", "json:/id"}};
    dedup.open();
    for (const auto& verdict : dedup.apply({record, record})) {
      CHECK(verdict.action == REPRISE_KEEP);
      CHECK(verdict.tag == 0);
    }
  }
  SECTION("reject") {
    Driver dedup{{"by", "json:/id"}, {"on_missing", "reject"}};
    dedup.open();
    const auto verdict = dedup.apply_one(record);
    CHECK(verdict.action == REPRISE_REJECT);
    REQUIRE(verdict.error != nullptr);
    CHECK(std::string(verdict.error->kind) == "dedup.missing");
  }
}

TEST_CASE("An option by of no known form is refused by name", "[dedup][subject]") {
  FakeHost host;
  const std::string by = GENERATE(as<std::string>(), "", "values", "header:", "json:", "json:id", "json:/a~2");
  const reprise_option option{to_text("by"), to_text(by), 0, 0};
  void* self = nullptr;
  reprise_error error{};

  CHECK(CommonThunks<dedup::Dedup>::create(host.table(), &option, 1, &self, &error) == REPRISE_FATAL);

  CHECK(std::string(error.option) == "by");
}
