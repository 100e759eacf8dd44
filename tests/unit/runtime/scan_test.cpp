#include "host/runtime/scan.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/runtime/fakes.hpp"

namespace reprise::runtime {
namespace {

using namespace fakes;

/// A scan over one partition, open.
struct Setup {
  explicit Setup(std::size_t records, std::int64_t end = -1, std::size_t bytes = 10) {
    for (std::size_t i = 0; i < records; ++i) log[0].push_back(LogRecord{"k", std::string(bytes, 'v'), 0});
    log[0].resize(records);
    reprise_stream stream{};
    stream.end = end;
    REQUIRE(source.open(stream).ok());
    scan.opened();
  }
  /// Takes the oldest batch, if there is one; its offsets.
  std::vector<std::int64_t> take() {
    std::vector<std::int64_t> offsets;
    if (Batch* const batch = scan.front()) {
      for (std::size_t i = scan.front_index(); i < batch->count(); ++i) offsets.push_back(batch->record(i).offset);
      scan.pop_front();
    }
    return offsets;
  }

  Log log;
  LogSource source{log};
  ByteBudget budget{1ULL << 30};
  Scan scan{source, 0, budget};
};

}  // namespace

TEST_CASE("A scan gives the records in their order, batch by batch", "[runtime][scan]") {
  Setup s(5);
  s.source.batch_records = 2;

  REQUIRE(s.scan.fill(BootTime{}).ok());

  CHECK(s.take() == std::vector<std::int64_t>{0, 1});
  CHECK_FALSE(s.scan.is_idle());  // there is more in the ring
  CHECK(s.take() == std::vector<std::int64_t>{2, 3});
  CHECK(s.take() == std::vector<std::int64_t>{4});
  CHECK(s.scan.front() == nullptr);
  CHECK(s.scan.is_idle());
  CHECK(s.scan.end_offset() == 5);
  CHECK(s.source.live_batches == 0);
}

TEST_CASE("A batch can be taken in parts, and lives as long as somebody refers to it", "[runtime][scan]") {
  Setup s(3);
  REQUIRE(s.scan.fill(BootTime{}).ok());

  s.scan.advance_front(2);
  BatchRef kept = s.scan.front_ref();
  CHECK(s.take() == std::vector<std::int64_t>{2});
  CHECK(s.source.live_batches == 1);
  CHECK(view(kept->record(0).value) == "vvvvvvvvvv");
  kept.reset();
  CHECK(s.source.live_batches == 0);
}

TEST_CASE("A scan polls no more while its ring is full", "[runtime][scan]") {
  Setup s(100, -1, 100'000);
  s.source.batch_records = 1;

  REQUIRE(s.scan.fill(BootTime{}).ok());
  CHECK(s.source.live_batches == 6);  // the one that reached 512 KiB is the last
  CHECK_FALSE(s.scan.is_pollable());
  s.take();

  CHECK(s.scan.is_pollable());
}

TEST_CASE("A scan that has everything waits until the source has data again", "[runtime][scan]") {
  Setup s(1);
  REQUIRE(s.scan.fill(BootTime{}).ok());
  s.take();
  s.log[0].push_back(LogRecord{"k", "new", 0});
  REQUIRE(s.scan.fill(BootTime{}).ok());
  CHECK(s.scan.front() == nullptr);

  s.scan.resume();
  REQUIRE(s.scan.fill(BootTime{}).ok());

  CHECK(s.take() == std::vector<std::int64_t>{1});
}

TEST_CASE("A source that cannot give anything now is asked again when it says so", "[runtime][scan]") {
  Setup s(1);
  int polls = 0;
  s.source.on_poll = [&]() -> Result<> {
    if (++polls == 1) return retriable("away", "the broker is away");
    return {};
  };

  const auto first = s.scan.fill(BootTime{});
  CHECK(first.error().status == Status::Retriable);
  CHECK(s.scan.fill(BootTime{}).ok());
  CHECK(polls == 1);
  s.scan.resume();
  CHECK(s.scan.fill(BootTime{}).ok());

  CHECK(s.take() == std::vector<std::int64_t>{0});
}

TEST_CASE("A bounded scan is at its end when its ring is empty", "[runtime][scan]") {
  Setup s(10, 3);

  REQUIRE(s.scan.fill(BootTime{}).ok());

  CHECK_FALSE(s.scan.is_at_end());
  CHECK(s.take() == std::vector<std::int64_t>{0, 1, 2});
  CHECK(s.scan.is_at_end());
  s.scan.resume();
  CHECK_FALSE(s.scan.is_pollable());
}

TEST_CASE("A closed scan gives its batches back", "[runtime][scan]") {
  Setup s(10);
  REQUIRE(s.scan.fill(BootTime{}).ok());
  REQUIRE(s.source.live_batches == 1);

  s.scan.close(REPRISE_CLOSE_STOP);
  s.scan.close(REPRISE_CLOSE_STOP);

  CHECK(s.source.live_batches == 0);
  CHECK(s.scan.front() == nullptr);
  CHECK_FALSE(s.scan.is_pollable());
}

}  // namespace reprise::runtime
