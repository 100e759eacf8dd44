#include "host/runtime/checkpoint.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace reprise::runtime {
namespace {

Checkpoint random_checkpoint(std::mt19937& random) {
  const auto upto = [&random](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random);
  };
  Checkpoint made;
  made.log_id = std::string(static_cast<std::size_t>(upto(24)), 'x');
  made.start = upto(1) == 0 ? upto(1000) : upto(std::int64_t{1} << 61);
  std::int64_t end = made.start;
  for (std::int64_t i = upto(20); i > 0; --i) {
    const std::int64_t first = end + upto(300);
    const std::int64_t count = 1 + upto(1000);
    made.open.push_back(
        {first, count, static_cast<std::uint32_t>(upto(UINT32_MAX)), upto(1) == 0 ? 0 : 1'700'000'000 + upto(100'000)});
    end = first + count;
  }
  made.position = end + upto(500);
  for (auto* field :
       {&made.counters.read, &made.counters.not_selected, &made.counters.gaps, &made.counters.expired,
        &made.counters.delivered, &made.counters.duplicate, &made.counters.filtered, &made.counters.dead_lettered,
        &made.counters.absorbed, &made.counters.retries, &made.counters.delivered_bytes}) {
    *field = static_cast<std::uint64_t>(upto(INT64_MAX)) * 2 + 1;
  }
  if (const std::int64_t room = made.watermark() - made.start; room > 0 && upto(2) != 0)
    made.print = LogPrint{made.start + upto(room - 1), static_cast<std::uint64_t>(upto(INT64_MAX)) * 2 + 1};
  return made;
}

// What everybody who gets a checkpoint may rely on.
void check_range(const Checkpoint& checkpoint) {
  REQUIRE(checkpoint.start >= 0);
  REQUIRE(checkpoint.position >= checkpoint.start);
  std::int64_t end = checkpoint.start;
  for (const OpenRun& run : checkpoint.open) {
    REQUIRE(run.first >= end);
    REQUIRE(run.count > 0);
    REQUIRE(run.count <= checkpoint.position - run.first);
    end = run.first + run.count;
  }
  REQUIRE(checkpoint.watermark() >= checkpoint.start);
  REQUIRE(checkpoint.watermark() <= checkpoint.position);
  if (checkpoint.print) {
    REQUIRE(checkpoint.print->offset >= checkpoint.start);
    REQUIRE(checkpoint.print->offset < checkpoint.watermark());
  }
}

}  // namespace

TEST_CASE("A checkpoint comes back as it was written", "[runtime][checkpoint]") {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const Checkpoint made = random_checkpoint(random);

    const auto read = Checkpoint::decode(made.encode());

    REQUIRE(read.ok());
    REQUIRE(*read == made);
    check_range(*read);
  }
}

TEST_CASE("The stored form of a checkpoint is the one that is documented", "[runtime][checkpoint]") {
  const Checkpoint made{.log_id = "ab",
                        .start = 1,
                        .position = 300,
                        .counters = {.read = 128},
                        .open = {{3, 2, 1, 70}, {10, 1, 0}, {12, 1, 2, 68}},
                        .print = LogPrint{2, 129}};

  const std::string bytes = made.encode();

  const std::string expected(
      "\x03\x02"
      "ab\x02\xd8\x04\x80\x01\0\0\0\0\0\0\0\0\0\0\x88\x01\x03\x02\x02\x01\x03\x05\x01\0\0\x01\x01\x02\x01\x02\x81\x01",
      37);
  CHECK(bytes == expected);
}

TEST_CASE("A checkpoint of the format without a print is read", "[runtime][checkpoint]") {
  const std::string bytes(
      "\x02\x02"
      "ab\x02\xd8\x04\x80\x01\0\0\0\0\0\0\0\0\0\0\x88\x01\x03\x02\x02\x01\x03\x05\x01\0\0\x01\x01\x02\x01",
      34);

  const auto read = Checkpoint::decode(bytes);

  REQUIRE(read.ok());
  CHECK(*read == Checkpoint{.log_id = "ab",
                            .start = 1,
                            .position = 300,
                            .counters = {.read = 128},
                            .open = {{3, 2, 1, 70}, {10, 1, 0}, {12, 1, 2, 68}}});
}

TEST_CASE("A checkpoint of the format without times is read", "[runtime][checkpoint]") {
  const std::string bytes(
      "\x01\x02"
      "ab\x02\xd8\x04\x80\x01\0\0\0\0\0\0\0\0\0\0\x02\x02\x02\x01\x05\x01\0",
      26);

  const auto read = Checkpoint::decode(bytes);

  REQUIRE(read.ok());
  CHECK(*read ==
        Checkpoint{
            .log_id = "ab", .start = 1, .position = 300, .counters = {.read = 128}, .open = {{3, 2, 1}, {10, 1, 0}}});
}

TEST_CASE("A damaged checkpoint is refused, or is at least one that can be used", "[runtime][checkpoint]") {
  std::mt19937 random(2);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = random_checkpoint(random).encode();
    for (auto flips = 1 + random() % 3; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());

    const auto read = Checkpoint::decode(bytes);

    if (read) {
      check_range(*read);
    } else {
      ++refused;
      REQUIRE(read.error().status == Status::Fatal);
      REQUIRE(read.error().kind == "state.corrupt");
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("A checkpoint that is cut off or too long is refused", "[runtime][checkpoint]") {
  std::mt19937 random(3);
  const std::string bytes = random_checkpoint(random).encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE_FALSE(Checkpoint::decode(std::string_view(bytes).substr(0, size)).ok());
  }
  CHECK_FALSE(Checkpoint::decode(bytes + '\0').ok());
}

TEST_CASE("A checkpoint of a newer version is refused by its number", "[runtime][checkpoint]") {
  std::string bytes = Checkpoint().encode();
  bytes[0] = 4;

  const auto read = Checkpoint::decode(bytes);

  REQUIRE_FALSE(read.ok());
  CHECK(read.error().message ==
        "the checkpoint has format 4, this version reads 1 to 3; run the version that wrote it");
}

}  // namespace reprise::runtime
