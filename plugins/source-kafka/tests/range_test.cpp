#include <catch2/catch.hpp>

#include "plugins/source-kafka/tests/reader.hpp"

using namespace reprise::kafka::testing;
using namespace reprise::source_kafka;

namespace {
std::vector<TestRecord> numbered(int first, int count) {
  std::vector<TestRecord> records;
  for (int i = first; i < first + count; ++i)
    records.push_back({.key = "k" + std::to_string(i),
                       .value = "v" + std::to_string(i),
                       .timestamp_ms = 0,
                       .partition = 0,
                       .headers = {}});
  return records;
}
}  // namespace

TEST_CASE("A range is read from its first offset up to its end, and no further", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce(topic, numbered(0, 100));

  const ReadResult read = read_range(topic, 20, 70);

  REQUIRE(read.offsets.size() == 50);
  CHECK(read.offsets.front() == 20);
  CHECK(read.offsets.back() == 69);
  CHECK(read.next_offset == 70);
  CHECK(read.end_offset == 100);
  CHECK(read.is_ended);
}

TEST_CASE("An empty range ends at once, also in an empty partition", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);

  const ReadResult read = read_range(topic, 0, 0);

  CHECK(read.records.empty());
  CHECK(read.is_ended);
  CHECK(read.next_offset == 0);
}

TEST_CASE("Transaction markers are gaps, and an end among them is reached", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce_transaction(topic, numbered(0, 10), true);    // 0-9, marker 10
  cluster.produce_transaction(topic, numbered(10, 10), false);  // 11-20 aborted, marker 21
  cluster.produce(topic, numbered(20, 5));                      // 22-26
  cluster.produce_transaction(topic, numbered(30, 3), true);    // 27-29, marker 30
  // The coordinator writes the last marker after it has answered.
  const std::int64_t until = deadline_ns(20);
  while (cluster.range(topic).second != 31 && deadline_ns(0) < until) {
  }
  REQUIRE(cluster.range(topic).second == 31);

  SECTION("up to the end of the log") {
    const ReadResult read = read_range(topic, 0, 31);

    CHECK(read.records.size() == 18);
    CHECK(read.gaps == 13);
    CHECK(read.next_offset == 31);
  }
  SECTION("with an end between aborted records") {
    const ReadResult read = read_range(topic, 5, 15);

    CHECK(read.records.size() == 5);
    CHECK(read.gaps == 5);
    CHECK(read.next_offset == 15);
  }
  SECTION("without an end: the cursor stands behind the last marker, idle") {
    Reader reader(topic);
    REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
    const ReadResult read = reader.read(1, SIZE_MAX, 20, true);

    CHECK(read.records.size() == 18);
    CHECK(read.is_idle);
    ReadResult after = read;
    CHECK(reader.host().run_until(
        [&] {
          reader.poll(1, after);
          return after.next_offset == 31;
        },
        10));
    CHECK(after.end_offset == 31);
  }
  SECTION("aborted records are seen by who asks for them") {
    const ReadResult read = read_range(topic, 0, 31, {{"isolation", "read_uncommitted"}});

    CHECK(read.records.size() == 28);
    CHECK(read.gaps == 3);
  }
}

TEST_CASE("What retention took while the cursor was open is reported as expired", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce(topic, numbered(0, 100));
  Reader reader(topic);
  REQUIRE(reader.open(1, 0, 10) == REPRISE_OK);
  cluster.delete_records(topic, 0, 60);

  SECTION("before the cursor is moved there again") {
    REQUIRE(reader.open(1, 0, 10) == REPRISE_OK);
    ReadResult read;
    read.next_offset = 10;
    REQUIRE(reader.host().run_until(
        [&] {
          reader.poll(1, read, 1000);
          return read.records.size() >= 40 || read.status != REPRISE_OK;
        },
        20));

    CHECK(read.status == REPRISE_OK);
    CHECK(read.expired == 50);
    CHECK(read.gaps == 0);
    CHECK(read.offsets.front() == 60);
    CHECK(read.next_offset == 100);
    CHECK(reader.host().count_logs("expired") == 1);
  }
  SECTION("and past the end of the wanted range: the range ends, all of it expired") {
    REQUIRE(reader.open(1, 0, 10, 40) == REPRISE_OK);
    ReadResult read;
    read.next_offset = 10;
    REQUIRE(reader.host().run_until(
        [&] {
          reader.poll(1, read);
          return read.is_ended || read.status != REPRISE_OK;
        },
        20));

    CHECK(read.status == REPRISE_OK);
    CHECK(read.records.empty());
    CHECK(read.expired == 30);
    CHECK(read.next_offset == 40);
  }
}

TEST_CASE("A log that ends before the position is fatal, with both offsets", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce(topic, numbered(0, 10));
  Reader reader(topic);
  REQUIRE(reader.open(1, 0, 500) == REPRISE_OK);

  const ReadResult read = reader.read(1, 1, 20);

  CHECK(read.status == REPRISE_FATAL);
  CHECK(std::string(read.error.kind) == "kafka.log_regressed");
  CHECK(std::string(read.error.message).find("500") != std::string::npos);
  CHECK(std::string(read.error.message).find("10") != std::string::npos);
}

TEST_CASE("A slot that is opened again moves, without a record of its first place", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce_many(topic, 0, 20'000, 200);
  Reader reader(topic);

  for (int round = 0; round < 30; ++round) {
    const std::int64_t start = (round * 7919) % 19'000;
    REQUIRE(reader.open(1, 0, start, start + 100 + round) == REPRISE_OK);
    // Some moves come while records are on their way, some after a part was read.
    ReadResult part;
    if (round % 3 != 0) part = reader.read(1, static_cast<std::size_t>(round), 10);
    REQUIRE(part.status == REPRISE_OK);
    if (!part.offsets.empty()) REQUIRE(part.offsets.front() == start);
  }
  REQUIRE(reader.open(1, 0, 4321, 4421) == REPRISE_OK);
  const ReadResult read = reader.read(1, SIZE_MAX, 20);

  REQUIRE(read.offsets.size() == 100);
  CHECK(read.offsets.front() == 4321);
  CHECK(read.is_ended);
}

TEST_CASE("A partition that another slot reads is refused", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(2);
  Reader reader(topic);
  REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);

  CHECK(reader.open(2, 0, 0) == REPRISE_FATAL);
  CHECK(reader.open(2, 1, 0) == REPRISE_OK);
  reader.close(1);
  CHECK(reader.open(3, 0, 0) == REPRISE_OK);
}

TEST_CASE("Batches keep to the limits and stay valid after close", "[source-kafka]") {
  Cluster cluster;
  const std::string topic = cluster.create_topic(1);
  cluster.produce_many(topic, 0, 5'000, 1024);
  Reader reader(topic);
  REQUIRE(reader.open(1, 0, 0, 5'000) == REPRISE_OK);
  const auto& api = reader.host().source();

  std::vector<reprise_batch> held;
  std::size_t count = 0;
  REQUIRE(reader.host().run_until(
      [&] {
        reprise_batch batch{};
        reprise_error error{};
        REQUIRE(api.poll(reader.host().self(), 1, 64, 32 * 1024, &batch, &error) == REPRISE_OK);
        if (batch.count == 0) return false;
        CHECK(batch.count <= 64);
        count += batch.count;
        held.push_back(batch);
        return count >= 1000;
      },
      20));
  reader.close(1);

  std::int64_t expected = 0;
  for (reprise_batch& batch : held) {
    for (std::size_t i = 0; i < batch.count; ++i) {
      const reprise_record& record = batch.records[i];
      REQUIRE(record.offset == expected++);
      const std::string value(reinterpret_cast<const char*>(record.value.data), record.value.size);
      REQUIRE(value.starts_with("{\"id\":" + std::to_string(record.offset) + ","));
    }
    batch.release(&batch);
  }
  CHECK(held.size() > 20);  // 32 KiB hold about 32 of them
}
