#include <catch2/catch.hpp>

#include "tests/unit/runtime/task_rig.hpp"

// What is said of how far a task is behind: only what is known.

namespace reprise::runtime {
namespace {

using namespace fakes;

/// Of partition 0; empty: it is not shown.
std::string value_of(Rig& rig, const std::string& series) {
  const std::string metrics = rig.world.metrics.expose();
  const std::string line = series + "{connector=\"c\",partition=\"0\",task=\"0\",topic=\"t\"} ";
  const std::size_t begin = metrics.find(line);
  if (begin == std::string::npos) return {};
  return metrics.substr(begin + line.size(), metrics.find('\n', begin) - begin - line.size());
}
bool shows(Rig& rig, const std::string& series) { return !value_of(rig, series).empty(); }

}  // namespace

TEST_CASE("Lag is not shown when the source has not said for a while where the partition ends", "[runtime][task]") {
  Rig rig(0);
  rig.start();
  rig.turn(1s);
  CHECK(shows(rig, "reprise_lag_records"));
  CHECK(shows(rig, "reprise_lag_seconds"));

  rig.turn(6s);

  CHECK_FALSE(shows(rig, "reprise_lag_records"));
  CHECK_FALSE(shows(rig, "reprise_lag_seconds"));
  CHECK(shows(rig, "reprise_source_last_answer_seconds"));
  CHECK(shows(rig, "reprise_watermark_offset"));
}

TEST_CASE("What the source answers when it is asked counts for lag while nothing is read", "[runtime][task]") {
  Rig rig(1);
  rig.start();
  rig.settle_all();
  rig.write();

  rig.turn(60s);
  rig.task->note_ends(PartitionEnds{{{"t", 0}, 5}, {{"t", 1}, 9}});
  rig.turn(1s);
  CHECK(value_of(rig, "reprise_lag_records") == "4");
  CHECK(value_of(rig, "reprise_lag_seconds") == "1");  // when it last looked there was nothing to be late with
  rig.turn(2s);
  CHECK(value_of(rig, "reprise_lag_seconds") == "3");
  CHECK(value_of(rig, "reprise_source_last_answer_seconds") == "3");
}

TEST_CASE("A source that answers no more is what health names, until it answers", "[runtime][task]") {
  Rig rig(1);
  rig.start();
  const auto reason = [&] { return rig.world.health.snapshot().subjects.at(0).reason; };

  rig.task->note_ends(retriable("away", "the broker is away"));
  rig.turn(1s);
  CHECK(reason() == "the source does not answer: the broker is away");

  rig.task->note_ends(PartitionEnds{});
  rig.turn(1s);
  CHECK(reason().empty());
}

TEST_CASE("While a group cannot be written health names the disk, however long it lasts", "[runtime][task]") {
  Rig rig(2);
  rig.start();
  rig.world.store.before_commit = [] { return retriable("store.no_space", "no space left"); };
  rig.settle(rig.offers[0].handle);
  for (int second = 0; second < 70; ++second) rig.turn(1s);
  CHECK(rig.world.health.snapshot().subjects.at(0).reason == "no space left");
}

TEST_CASE("The lag of a job goes to its own end, which nobody has to be asked for", "[runtime][task]") {
  Rig rig(3);
  rig.start(true);

  rig.turn(60s);

  CHECK(value_of(rig, "reprise_lag_records") == "3");
  CHECK_FALSE(shows(rig, "reprise_source_last_answer_seconds"));
}

TEST_CASE("A partition that a task has left has no lag any more", "[runtime][task]") {
  Rig rig(0);
  rig.start();
  rig.turn(1s);
  CHECK(shows(rig, "reprise_lag_records"));

  rig.task->close();

  CHECK_FALSE(shows(rig, "reprise_lag_records"));
  CHECK_FALSE(shows(rig, "reprise_watermark_offset"));
}

}  // namespace reprise::runtime
