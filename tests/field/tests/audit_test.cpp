#include "tests/field/checker/audit.hpp"

#include <catch2/catch.hpp>

using field::Audit;
using field::Delivery;
using field::Scope;
using field::TopicRecord;

namespace {

TopicRecord record(const std::string& webhook, const std::string& body, std::int64_t time_ms = 1000,
                   std::int64_t offset = 0) {
  return {webhook, field::sha256(body), time_ms, 0, offset, body};
}

Delivery live(const std::string& webhook, const std::string& body, int status = 204) {
  return {webhook, field::sha256(body), body, "live", "-", 0, "ok", status, 5000};
}

Delivery replayed(const std::string& job, const std::string& webhook, const std::string& body, int status = 204) {
  return {webhook, field::sha256(body), body, "replay", job, 1, "ok", status, 5000};
}

Scope replay_of(const std::string& job, const std::string& webhook, std::int64_t from_ms, std::int64_t to_ms) {
  Scope scope;
  scope.is_replay = true;
  scope.job = job;
  scope.webhook = webhook;
  scope.from_ms = from_ms;
  scope.to_ms = to_ms;
  return scope;
}

}  // namespace

TEST_CASE("A ledger that matches the topic is clean", "[field][audit]") {
  Audit audit{Scope{}};
  audit.add(record("1", "a"));
  audit.add(record("1", "a"));  // the second data centre's copy
  audit.add(record("2", "b"));

  audit.add(live("1", "a"));
  audit.add(live("2", "b", 503));
  audit.add(live("2", "b"));

  const auto verdict = audit.verdict();
  CHECK(verdict.records == 3);
  CHECK(verdict.events == 2);
  CHECK(verdict.missing == 0);
  CHECK(verdict.phantom == 0);
  CHECK(verdict.duplicates == 0);
  CHECK(verdict.answered_other == 1);
}

TEST_CASE("An event without a 2xx is missing", "[field][audit]") {
  Audit audit{Scope{}};
  audit.add(record("1", "a", 1000, 7));
  audit.add(record("1", "b", 1000, 8));
  audit.add(live("1", "a"));
  audit.add(live("1", "b", 500));
  audit.add(live("1", "b", 0));

  const auto verdict = audit.verdict();

  CHECK(verdict.missing == 1);
  REQUIRE(verdict.examples.size() == 1);
  CHECK(verdict.examples[0] == "missing: webhook 1 event b at partition 0 offset 8");
}

TEST_CASE("A dead letter settles an event of live delivery and none of a replay", "[field][audit]") {
  Audit live_audit{Scope{}};
  Audit replay_audit{replay_of("j1", "1", 0, 2000)};
  for (Audit* audit : {&live_audit, &replay_audit}) {
    audit->add(record("1", "a"));
    audit->add_dead_letter("1", field::sha256("a"));
  }

  CHECK(live_audit.verdict().missing == 0);
  CHECK(live_audit.verdict().dead_events == 1);
  CHECK(replay_audit.verdict().missing == 1);
}

TEST_CASE("A dead letter of an event beyond its first is a repetition", "[field][audit]") {
  Audit audit{Scope{}};
  audit.add(record("1", "a"));
  audit.add(record("1", "a"));
  audit.add_dead_letter("1", field::sha256("a"));
  CHECK(audit.verdict().repeated_dead_letters == 0);

  audit.add_dead_letter("1", field::sha256("a"));

  CHECK(audit.verdict().repeated_dead_letters == 1);
}

TEST_CASE("A request of content that the topic does not hold is a phantom", "[field][audit]") {
  Audit audit{Scope{}};
  audit.add(record("1", "a"));
  audit.add(live("1", "a"));

  SECTION("of invented content") { audit.add(live("1", "b", 500)); }
  SECTION("at another webhook than its key says") { audit.add(live("2", "a")); }
  SECTION("of neither kind") {
    Delivery odd = live("1", "a");
    odd.kind = "-";
    audit.add(odd);
  }
  SECTION("in the dead letter topic") { audit.add_dead_letter("1", field::sha256("b")); }

  CHECK(audit.verdict().phantom == 1);
  CHECK(audit.verdict().missing == 0);
}

TEST_CASE("A second 2xx of one event is a duplicate, per kind and job", "[field][audit]") {
  Audit live_audit{Scope{}};
  Audit replay_audit{replay_of("j1", "1", 0, 2000)};
  for (Audit* audit : {&live_audit, &replay_audit}) {
    audit->add(record("1", "a"));
    audit->add(live("1", "a"));
    audit->add(live("1", "a"));
    audit->add(live("1", "a"));
    audit->add(live("1", "a", 500));
    audit->add(replayed("j1", "1", "a"));
    audit->add(replayed("j2", "1", "a"));
  }

  CHECK(live_audit.verdict().duplicates == 2);
  CHECK(replay_audit.verdict().duplicates == 0);
}

TEST_CASE("Without deduplication every copy is expected on its own", "[field][audit]") {
  Scope scope;
  scope.deduplicated = false;
  Audit audit{scope};
  audit.add(record("1", "a"));
  audit.add(record("1", "a"));
  audit.add(live("1", "a"));

  CHECK(audit.verdict().missing == 1);
  audit.add(live("1", "a"));
  CHECK(audit.verdict().missing == 0);
  CHECK(audit.verdict().duplicates == 0);
  audit.add(live("1", "a"));
  CHECK(audit.verdict().duplicates == 1);
}

TEST_CASE("A replay is held to its webhook, its range and its job", "[field][audit]") {
  Audit audit{replay_of("j1", "42", 1000, 2000)};
  audit.add(record("42", "before", 999));
  audit.add(record("42", "first", 1000));
  audit.add(record("42", "last", 1999));
  audit.add(record("42", "after", 2000));
  audit.add(record("7", "other", 1500));
  audit.add(replayed("j1", "42", "first"));

  SECTION("what only live delivery or another job sent is missing") {
    audit.add(live("42", "last"));
    audit.add(replayed("j2", "42", "last"));
    CHECK(audit.verdict().missing == 1);
    CHECK(audit.verdict().phantom == 0);
  }
  SECTION("what lies outside the range is a phantom") {
    audit.add(replayed("j1", "42", "last"));
    audit.add(replayed("j1", "42", "before"));
    audit.add(replayed("j1", "42", "after"));
    CHECK(audit.verdict().missing == 0);
    CHECK(audit.verdict().phantom == 2);
  }
  SECTION("other webhooks are not looked at") {
    audit.add(replayed("j1", "42", "last"));
    audit.add(replayed("j1", "7", "other"));
    CHECK(audit.verdict().missing == 0);
    CHECK(audit.verdict().phantom == 0);
  }
  CHECK(audit.verdict().events == 2);
}

TEST_CASE("Signatures, order and epochs are counted", "[field][audit]") {
  Audit audit{replay_of("j1", "1", 0, 2000)};
  for (int i = 0; i < 4; ++i) audit.add(record("1", std::to_string(i), 1000, i));
  Delivery first = replayed("j1", "1", "1");
  first.signature = "bad";
  Delivery second = replayed("j1", "1", "0");
  second.signature = "absent";
  second.epoch = 2;
  audit.add(first);
  audit.add(second);
  audit.add(replayed("j1", "1", "2"));  // epoch 1 after 2
  audit.add(replayed("j1", "1", "0"));  // a repetition is not out of order

  const auto verdict = audit.verdict();

  CHECK(verdict.bad_signatures == 1);
  CHECK(verdict.absent_signatures == 1);
  CHECK(verdict.inversions == 1);
  CHECK(verdict.stale_epochs == 2);
}

TEST_CASE("Order is a partition's, and that of the copies in scope", "[field][audit]") {
  Audit audit{replay_of("j1", "1", 1000, 2000)};
  audit.add(record("1", "late copy", 500, 3));  // outside of the range: the copy within it is what is delivered
  audit.add(record("1", "first", 1000, 7));
  audit.add(record("1", "late copy", 1000, 8));
  TopicRecord elsewhere = record("1", "elsewhere", 1000, 1);
  elsewhere.partition = 5;
  audit.add(elsewhere);

  for (const char* const content : {"first", "late copy", "elsewhere"}) audit.add(replayed("j1", "1", content));

  CHECK(audit.verdict().inversions == 0);
}

TEST_CASE("A delivery after the end that the worker told is late", "[field][audit]") {
  Scope scope = replay_of("", "1", 0, 2000);
  scope.ended_ms = 4999;
  Audit audit{scope};
  audit.add(record("1", "a", 1000, 0));
  audit.add(record("1", "b", 1000, 1));
  Delivery in_time = replayed("j", "1", "b");
  in_time.wall_ms = 4999;
  audit.add(in_time);
  audit.add(replayed("j", "1", "a"));
  CHECK(audit.verdict().late == 1);
  CHECK(audit.verdict().inversions == 0);  // one fault, one count
  CHECK(audit.verdict().missing == 0);
}
