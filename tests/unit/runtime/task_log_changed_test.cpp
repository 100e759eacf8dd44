#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// A topic that was deleted and made anew counts its offsets from 0 again. Once it has outgrown a position, only its records
// tell that it is another log.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// So many records stand in the partition, none of them as before.
void make_anew(Rig& rig, std::size_t records) {
  rig.log[0].clear();
  for (std::size_t i = 0; i < records; ++i) rig.add(0, "key" + std::to_string(i), "new" + std::to_string(i));
}

std::vector<std::string> offered(const Rig& rig) {
  std::vector<std::string> values;
  for (const auto& offer : rig.offers) values.push_back(offer.value);
  return values;
}

std::string failure_of(const Rig& rig) {
  return rig.listener.failures.empty() ? "" : rig.listener.failures.front().kind;
}

}  // namespace

TEST_CASE("A log that was made anew and has outgrown the position is not read on", "[runtime][task][log]") {
  Rig rig(10);
  rig.start();
  rig.settle_all();
  rig.write();
  const Checkpoint before = rig.stored();
  REQUIRE(before.watermark() == 10);
  make_anew(rig, 20);

  rig.start();
  rig.write();

  CHECK(offered(rig).empty());
  CHECK(failure_of(rig) == "log.changed");
  CHECK(rig.stored().watermark() == 10);
  CHECK(rig.stored().counters == before.counters);
}

TEST_CASE("A log that only grew is read on, each record once", "[runtime][task][log]") {
  Rig rig(10);
  rig.start();
  rig.settle_all();
  rig.write();
  rig.add(0, "key10", "value10");

  rig.start();

  CHECK(offered(rig) == std::vector<std::string>{"value10"});
  CHECK(failure_of(rig).empty());
  CHECK(rig.world.mismatches(kConnector) == 0);
}

TEST_CASE("Records that retention or compaction took are not taken for another log", "[runtime][task][log]") {
  Rig rig(10);
  rig.start();
  rig.settle_all();
  rig.write();
  for (auto& record : rig.log[0]) record.reset();
  rig.source.expired_before = GENERATE(-1, 4, 10);
  rig.add(0, "key10", "value10");
  rig.add(0, "key11", "value11");

  rig.start();
  rig.settle_all();
  rig.write();

  CHECK(failure_of(rig).empty());
  CHECK(rig.stored().counters.delivered == 12);
  CHECK(rig.stored().counters.gaps == 0);
  CHECK(rig.stored().counters.expired == 0);
  CHECK(rig.world.mismatches(kConnector) == 0);
}

TEST_CASE("What is open above the watermark is not sent from another log", "[runtime][task][log]") {
  Rig rig(10);
  rig.source.batch_records = 2;
  rig.start();
  const std::vector<Rig::Offer> had = rig.offers;
  REQUIRE(had.size() == 10);
  for (const Rig::Offer& offer : had) {
    if (offer.offset != 5) rig.settle(offer.handle);
  }
  rig.write();
  REQUIRE(rig.stored().watermark() == 5);
  make_anew(rig, 20);

  rig.start();

  CHECK(offered(rig).empty());
  CHECK(failure_of(rig) == "log.changed");
}

TEST_CASE("Progress without a print is gone on with, and gets one", "[runtime][task][log]") {
  Rig rig(10);
  Checkpoint old;
  old.position = 10;
  old.counters.read = old.counters.delivered = 10;
  state::Batch batch;
  batch.put(stream_key(0).progress(), old.encode());
  REQUIRE(rig.world.store.commit(batch).ok());
  rig.add(0, "key10", "value10");
  rig.start();
  REQUIRE(offered(rig) == std::vector<std::string>{"value10"});
  rig.settle_all();
  rig.write();
  make_anew(rig, 20);

  rig.start();

  CHECK(offered(rig).empty());
  CHECK(failure_of(rig) == "log.changed");
}

TEST_CASE("A source that was in trouble may come back with another log", "[runtime][task][log]") {
  Rig rig(10);
  rig.start();
  rig.settle_all();
  rig.write();
  bool is_away = true;
  rig.source.on_poll = [&]() -> Result<> {
    if (is_away) return retriable("kafka.unknown_topic", "the topic does not exist");
    return {};
  };
  rig.task->source_resumed(0);
  rig.turn();
  make_anew(rig, 20);
  is_away = false;

  rig.turn(1s);
  rig.turn(15s);

  CHECK(offered(rig).empty());
  CHECK(failure_of(rig) == "log.changed");
}

TEST_CASE("A source that was in trouble goes on where it was", "[runtime][task][log]") {
  Rig rig(10);
  rig.settings.max_in_flight = 4;
  rig.source.batch_records = 3;
  bool is_away = true;
  int polls = 0;
  rig.source.on_poll = [&]() -> Result<> {
    if (is_away && ++polls > 2) return retriable("kafka.unknown_topic", "the topic does not exist");
    return {};
  };
  rig.start();
  for (int i = 0; i < 5; ++i) {
    rig.settle_all();
    rig.write();
  }
  rig.add(0, "key10", "value10");
  is_away = false;

  rig.turn(1s);
  for (int i = 0; i < 5; ++i) {
    rig.settle_all();
    rig.write();
  }

  CHECK(failure_of(rig).empty());
  CHECK(rig.stored().counters.delivered == 11);
  CHECK(rig.stored().counters.read == 11);
  CHECK(rig.world.mismatches(kConnector) == 0);
}

}  // namespace reprise::runtime
