#include "plugins/source-kafka/tests/reader.hpp"

#include <catch2/catch.hpp>

namespace reprise::source_kafka {

using namespace kafka::testing;

namespace {

Options source_options(const std::string& topic, Options more) {
  more.emplace_back("topics.count", "1");
  more.emplace_back("topics.0", topic);
  return cluster_options(std::move(more));
}

std::optional<std::string> text(reprise_bytes bytes) {
  if (bytes.data == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

}  // namespace

Reader::Reader(const std::string& topic, Options more)
    : topic_(topic), host_(REPRISE_SOURCE_KAFKA, "test/source", source_options(topic, std::move(more))) {}

reprise_status Reader::open(std::uint32_t slot, std::int32_t partition, std::int64_t start, std::int64_t end) {
  reprise_stream stream{};
  stream.struct_size = sizeof(stream);
  stream.slot = slot;
  stream.topic = {topic_.data(), topic_.size()};
  stream.partition = partition;
  stream.start = start;
  stream.end = end;
  reprise_error error{};
  return host_.source().open(host_.self(), &stream, &error);
}

reprise_batch Reader::poll(std::uint32_t slot, ReadResult& result, std::size_t max_records, std::size_t max_bytes) {
  reprise_batch batch{};
  result.status = host_.source().poll(host_.self(), slot, max_records, max_bytes, &batch, &result.error);
  if (result.status != REPRISE_OK) return batch;

  const std::int64_t before = result.next_offset;
  std::int64_t expected = before;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const reprise_record& record = batch.records[i];
    REQUIRE(record.offset >= expected);
    expected = record.offset + 1;
    TestRecord& copy = result.records.emplace_back(
        TestRecord{text(record.key), text(record.value), record.timestamp_ms, record.partition, {}});
    for (std::uint32_t h = 0; h < record.header_count; ++h) {
      copy.headers.emplace_back(std::string(record.headers[h].name.data, record.headers[h].name.size),
                                text(record.headers[h].value));
    }
    result.offsets.push_back(record.offset);
  }
  if (batch.next_offset >= 0 && before >= 0) {
    const std::int64_t expired =
        batch.expired_before > before ? std::min(batch.expired_before, batch.next_offset) - before : 0;
    result.expired += expired;
    const std::int64_t gaps = batch.next_offset - before - expired - static_cast<std::int64_t>(batch.count);
    CHECK((batch.flags & REPRISE_BATCH_COUNTS_GAPS) != 0);
    CHECK(batch.gaps == gaps);
    result.gaps += gaps;
  }
  result.next_offset = batch.next_offset;
  if (batch.end_offset >= 0) result.end_offset = batch.end_offset;
  result.is_ended = (batch.flags & REPRISE_BATCH_END) != 0;
  result.is_idle = (batch.flags & REPRISE_BATCH_IDLE) != 0;
  if (batch.release != nullptr) batch.release(&batch);
  return batch;
}

ReadResult Reader::read(std::uint32_t slot, std::size_t count, double seconds, bool until_idle) {
  ReadResult result;
  const auto until = deadline_ns(seconds);
  host_.run_until(
      [&] {
        for (;;) {
          if (deadline_ns(0) > until) return true;
          const reprise_batch batch = poll(slot, result);
          if (result.status != REPRISE_OK || result.is_ended || result.records.size() >= count ||
              (until_idle && result.is_idle))
            return true;
          if ((batch.flags & REPRISE_BATCH_MORE) != 0) continue;
          if (host_.take_resumed().contains(slot)) continue;
          // Nothing is there: only a resume may make us poll again. So a lost wake-up fails the test.
          if (!host_.run_until([&] { return deadline_ns(0) > until || host_.take_resumed().contains(slot); }, seconds))
            return true;
        }
      },
      seconds + 1);
  return result;
}

ReadResult read_range(const std::string& topic, std::int64_t start, std::int64_t end, Options more) {
  Reader reader(topic, std::move(more));
  REQUIRE(reader.open(1, 0, start, end) == REPRISE_OK);
  ReadResult result = reader.read(1, SIZE_MAX, 30);
  INFO(result.error.message);
  REQUIRE(result.status == REPRISE_OK);
  return result;
}

}  // namespace reprise::source_kafka
