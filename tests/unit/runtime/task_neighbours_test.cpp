#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/runtime/neighbours.hpp"

// What endpoints in trouble cost those that are well, with the limits that a connector has when nothing is set.

namespace reprise::runtime {

using namespace fakes;

namespace {

/// All records of one key attach to its first.
struct First final : Transform {
  Result<> open(const reprise_stream&) override { return {}; }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> apply(Records records, std::span<reprise_verdict> verdicts) override {
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto [first, is_new] = firsts.try_emplace(std::string(view(records[i]->key)), records[i]->handle);
      if (is_new || view(records[i]->key) == "good") continue;
      verdicts[i].action = REPRISE_ATTACH;
      verdicts[i].leader = first->second;
    }
    return {};
  }
  Result<> outcome(std::span<const reprise_note>) override { return {}; }
  Result<> rebuild(Records) override { return {}; }
  std::map<std::string, std::uint64_t> firsts;
};

}  // namespace

TEST_CASE("One dead endpoint with small records does not stop the others", "[runtime][neighbours][one-thread]") {
  Neighbours n;
  n.answer("dead", Answer::Refused);
  n.add("dead", 300, 20'000);
  n.add("good", 300, 100);

  n.start();
  n.pass(100ms);

  CHECK(n.delivered["good"] == 100);
  CHECK(n.dead_letters["dead"] >= 18'000);
}

TEST_CASE("Three dead endpoints together do not stop the others", "[runtime][neighbours][one-thread]") {
  Neighbours n;
  for (const char* const key : {"dead1", "dead2", "dead3"}) n.answer(key, Answer::Refused);
  for (int i = 0; i < 10'000; ++i) {
    for (const char* const key : {"dead1", "dead2", "dead3"}) n.add(key, 1024);
  }
  n.add("good", 1024, 100);

  n.start();
  n.pass(100ms);

  CHECK(n.delivered["good"] == 100);
}

TEST_CASE("Hundreds of dead endpoints hold at most half of what a task may hold", "[runtime][neighbours][one-thread]") {
  Neighbours n;
  for (int i = 0; i < 300; ++i) n.answer("dead" + std::to_string(i), Answer::Refused);
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 300; ++i) n.add("dead" + std::to_string(i), 300);
  }
  n.add("good", 300, 100);

  n.start();
  n.pass(100ms);

  CHECK(n.delivered["good"] == 100);
  const std::uint64_t held = n.rig.task->trouble().held;
  CHECK(held <= n.rig.settings.held.max_open / 2);
  CHECK(held >= n.rig.settings.held.max_open / 2 - 300);  // and use it
  int least = 100;
  for (int i = 0; i < 300; ++i) least = std::min(least, n.dead_letters["dead" + std::to_string(i)]);
  CHECK(least >= 70);  // all lose alike
}

TEST_CASE("Beyond the half the endpoint that holds most gives way", "[runtime][neighbours][one-thread]") {
  Neighbours n;
  for (int i = 0; i < 6; ++i) n.answer("dead" + std::to_string(i), Answer::Refused);
  n.answer("late", Answer::Refused);
  for (int i = 0; i < 6; ++i) n.add("dead" + std::to_string(i), 300, 3000);
  n.add("late", 300, 20);

  n.start();
  n.pass(100ms);

  CHECK(n.dead_letters["late"] == 0);
  CHECK(n.rig.task->trouble().held <= n.rig.settings.held.max_open / 2);
}

TEST_CASE("Copies that wait for the first of a dead endpoint do not stop the others",
          "[runtime][neighbours][one-thread]") {
  First first;
  Neighbours n;
  n.rig.transforms = {&first};
  n.answer("dead", Answer::Refused);
  n.add("dead", 10, 20'000);
  n.add("good", 10, 100);

  n.start();
  n.pass(100ms);

  CHECK(n.delivered["good"] == 100);
  CHECK(n.dead_letters["dead"] == 1);
  CHECK(n.rig.task->status()[0].counters.duplicate >= 8192);
}

TEST_CASE("Large copies of a dead endpoint's record do not stop the others", "[runtime][neighbours][one-thread]") {
  const auto [bytes, copies] = GENERATE(table<std::size_t, int>({{1000, 9000}, {12'000, 9000}, {60'000, 1700}}));
  CAPTURE(bytes);
  First first;
  Neighbours n;
  n.rig.transforms = {&first};
  n.answer("dead", Answer::Refused);
  n.add("dead", bytes, copies);
  n.add("good", 10, 100);

  n.start();
  n.pass(5s);

  CHECK(n.delivered["good"] == 100);
}

TEST_CASE("Headers count for an endpoint's share", "[runtime][neighbours][one-thread]") {
  Neighbours n;
  const std::string text(200, 'h');
  n.rig.source.headers.assign(16, {text_of("name"), bytes_of(text)});
  n.answer("dead", Answer::Refused);
  n.add("dead", 10, 5000);
  n.rig.settings.held.max_bytes = 1 << 20;

  n.start();
  n.pass(100ms);

  CHECK(n.rig.task->trouble().held < 400);
}

TEST_CASE("A full endpoint in trouble stops nobody while its head is tried again",
          "[runtime][neighbours][one-thread]") {
  Neighbours n;
  n.answer("dead", Answer::Refused);
  n.add("dead", 7000, 1500);
  n.start();
  n.pass(100ms);
  REQUIRE(n.dead_letters["dead"] != 0);  // it holds its share
  n.answer("dead", Answer::Silent);
  n.pass(2s);
  REQUIRE(n.under_way("dead") == 1);

  n.add("good", 300, 100);
  n.rig.task->source_resumed(0);
  n.pass(100ms);

  CHECK(n.under_way("dead") == 1);
  CHECK(n.delivered["good"] == 100);
}

TEST_CASE("What waits for our own rate limit is no dead letter", "[runtime][neighbours][one-thread]") {
  Neighbours n;
  for (int i = 0; i < 20; ++i) {
    n.answer("limited" + std::to_string(i), Answer::Limited);
    n.add("limited" + std::to_string(i), 7000, 1000);
  }

  n.start();
  n.pass(30s, 13ms);

  CHECK(n.dead_letters.empty());
  CHECK(n.delivered["limited0"] >= 900);
}

TEST_CASE("An endpoint that is well only now and then holds up nobody", "[runtime][neighbours][one-thread]") {
  Neighbours n;
  const Answer answer = GENERATE(Answer::Throttled, Answer::Silent);
  CAPTURE(static_cast<int>(answer));
  n.answer_after_silence = Answer::Ok;
  for (int i = 0; i < 10; ++i) {
    n.answer("now and then" + std::to_string(i), answer);
    n.add("now and then" + std::to_string(i), 7000, 2000);
  }
  n.start();
  n.pass(60s);  // they hold what they may

  int delivered_at_once = 0;
  for (int round = 0; round < 100; ++round) {
    n.add("good" + std::to_string(round), 300, 10);
    n.rig.task->source_resumed(0);
    n.pass(200ms);
    delivered_at_once += n.delivered["good" + std::to_string(round)];
  }

  CHECK(delivered_at_once == 1000);
  CHECK(n.delivered["now and then0"] >= 5);  // they go on
}

TEST_CASE("Endpoints that do not answer hold at most half of what may be under way",
          "[runtime][neighbours][one-thread]") {
  Neighbours n;
  n.answer_after_silence = GENERATE(Answer::Refused, Answer::Ok);
  CAPTURE(static_cast<int>(n.answer_after_silence));
  for (int i = 0; i < 200; ++i) {
    n.answer("slow" + std::to_string(i), Answer::Silent);
    n.add("slow" + std::to_string(i), 300, 20);
  }
  n.start();
  n.pass(25s);  // their first answers are there: what they are is known

  int delivered_at_once = 0;
  std::size_t most_under_way = 0;
  for (int round = 0; round < 50; ++round) {
    n.add("good" + std::to_string(round), 300, 10);
    n.rig.task->source_resumed(0);
    n.pass(1s);
    delivered_at_once += n.delivered["good" + std::to_string(round)];
    most_under_way = std::max(most_under_way, n.under_way("slow"));
  }

  CHECK(delivered_at_once == 500);
  CHECK(most_under_way <= n.rig.settings.max_in_flight / 2);
  CHECK(most_under_way >= n.rig.settings.max_in_flight / 4);  // they are tried
}

TEST_CASE("Whatever endpoints do, those that are well go on, and each record ends once",
          "[runtime][neighbours][one-thread]") {
  const unsigned seed = GENERATE(range(1u, 21u));
  CAPTURE(seed);
  std::mt19937 engine(seed);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(engine()) % below; };
  // What waits for our own limit may stop reading; without it nobody may.
  const bool has_limited = pick(2) == 0;
  const std::vector<Answer> kinds{Answer::Refused, Answer::Silent, Answer::Throttled, Answer::Ok, Answer::Limited};
  Neighbours n;
  n.answer_after_silence = pick(2) == 0 ? Answer::Refused : Answer::Ok;
  const unsigned odd = 1 + pick(120);
  std::map<std::string, int> wanted;
  const auto add = [&](const std::string& key) {
    n.add(key, 50 + pick(2000));
    ++wanted[key];
  };
  const auto change = [&](unsigned endpoint) {
    n.answer("odd" + std::to_string(endpoint), kinds[pick(has_limited ? 5 : 4)]);
  };
  for (unsigned i = 0; i < odd; ++i) change(i);
  const std::uint64_t half = n.rig.settings.held.max_open / 2;

  n.start();
  for (int round = 0; round < 60; ++round) {
    for (unsigned i = 0; i < 500; ++i) add("odd" + std::to_string(pick(1 + pick(odd))));
    for (unsigned i = 0; i < 5; ++i) add("good" + std::to_string(pick(20)));
    if (pick(4) == 0) change(pick(odd));
    n.rig.task->source_resumed(0);
    n.pass(500ms);
    // Who is silent for less than a second may hold more than the half: nobody knows of it yet.
    if (!has_limited) REQUIRE(n.rig.task->trouble().held <= half + 2 * 505);
    // What the silent ones were sent before they were known ends after their time.
    if (!has_limited && round >= 50) {
      for (const auto& [key, count] : wanted) {
        if (key.starts_with("good")) REQUIRE(n.delivered[key] == count);
      }
    }
    REQUIRE(n.rig.listener.failures.empty());
  }
  for (unsigned i = 0; i < odd; ++i) n.answer("odd" + std::to_string(i), Answer::Ok);
  n.answer_after_silence = Answer::Ok;
  for (int i = 0; i < 4000 && n.rig.task->status()[0].in_flight != 0; ++i) n.pass(1s, 500ms);

  CHECK(n.rig.task->status()[0].watermark == 60 * 505);
  for (const auto& [key, count] : wanted) {
    if (key.starts_with("good")) CHECK(n.dead_letters[key] == 0);
    REQUIRE(n.delivered[key] + n.dead_letters[key] == count);
  }
  CHECK(n.rig.task->trouble().held == 0);
  CHECK(n.rig.world.mismatches(kConnector) == 0);
}

}  // namespace reprise::runtime
