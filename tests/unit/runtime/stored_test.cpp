#include <catch2/catch.hpp>

#include "host/base/time_text.hpp"
#include "host/runtime/minutes.hpp"
#include "host/runtime/retry.hpp"
#include "host/runtime/start_place.hpp"
#include "host/runtime/stream_state.hpp"
#include "tests/unit/runtime/fakes.hpp"

// The small parts: what stands in the store, and the rules for retries and for where to begin.

namespace reprise::runtime {
namespace {

using namespace fakes;
using namespace std::string_literals;

std::unique_ptr<state::Store> a_store_with(const state::Batch& batch) {
  auto store = state::make_memory_store();
  REQUIRE(store->commit(batch).ok());
  return store;
}

}  // namespace

TEST_CASE("Retries are spaced ever wider, up to the longest wait", "[runtime][retry]") {
  const config::RetryPolicy policy{
      .initial = 100ms, .multiplier = 2, .max = 1000ms, .full_jitter = false, .attempts = 12, .max_elapsed = {}};

  CHECK(retry_delay(policy, 1, 0.5) == 100ms);
  CHECK(retry_delay(policy, 2, 0.5) == 200ms);
  CHECK(retry_delay(policy, 4, 0.5) == 800ms);
  CHECK(retry_delay(policy, 5, 0.5) == 1000ms);
  CHECK(retry_delay(policy, 4'000'000'000, 0.5) == 1000ms);
}

TEST_CASE("Full jitter waits a random part of the delay", "[runtime][retry]") {
  const config::RetryPolicy policy{
      .initial = 100ms, .multiplier = 2, .max = 1000ms, .full_jitter = true, .attempts = 12, .max_elapsed = {}};

  CHECK(retry_delay(policy, 2, 0) == 0ms);
  CHECK(retry_delay(policy, 2, 0.25) == 50ms);
  CHECK(retry_delay(policy, 40, 0.999) == 999ms);
}

TEST_CASE("Attempts end by their number, by time, or never", "[runtime][retry]") {
  config::RetryPolicy policy;
  policy.attempts = 3;
  CHECK_FALSE(is_exhausted(policy, 2, 100h));
  CHECK(is_exhausted(policy, 3, 0ms));

  policy.attempts = 0;
  CHECK_FALSE(is_exhausted(policy, 1'000'000, 100h));

  policy.max_elapsed = 60'000ms;
  CHECK_FALSE(is_exhausted(policy, 1, 59'999ms));
  CHECK(is_exhausted(policy, 1, 60s));
}

TEST_CASE("A start is a word, a time or an offset", "[runtime][start_place]") {
  constexpr std::int64_t kNow = 1'790'000'000'000;
  const auto parse = [](std::string_view text) { return parse_start(text, kNow); };

  CHECK(parse("earliest")->kind == StartPlace::Kind::Earliest);
  CHECK(parse("latest")->kind == StartPlace::Kind::Latest);
  CHECK(parse("offset 1200")->kind == StartPlace::Kind::Offset);
  CHECK(parse("offset 1200")->value == 1200);
  CHECK(parse("now-2h")->kind == StartPlace::Kind::Time);
  CHECK(parse("now-2h")->value == kNow - 7'200'000);
  CHECK(parse("2026-11-20T10:00:00Z")->value == *parse_time("2026-11-20T10:00:00Z", kNow));
  for (const char* wrong : {"", "Earliest", "offset", "offset ", "offset -1", "offset 1x",
                            "offset 99999999999999999999", "2026-11-20T10:00:00"}) {
    CAPTURE(wrong);
    const auto parsed = parse(wrong);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message.starts_with("\""s + wrong + "\" is none of earliest, latest"));
  }
}

TEST_CASE("The keys of a stream keep owners, topics, partitions and generations apart", "[runtime][stream_key]") {
  const StreamKey key{StreamKey::connector_owner("a"), "t", 0x01020304, 5};

  CHECK(key.progress() == "s\0c:a\0t\0\x01\x02\x03\x04\0\0\0\x05p"s);
  CHECK(key.minutes() == key.prefix() + "m");
  CHECK(key.transform(2) == key.prefix() + "t\x02");
  CHECK(key.generation_key() == "g\0c:a\0t\0\x01\x02\x03\x04"s);
  const StreamKey longer{StreamKey::connector_owner("ab"), "t", 0, 1}, job{StreamKey::job_owner("a"), "t", 0, 1};
  CHECK_FALSE(longer.prefix().starts_with(StreamKey::owner_prefix('s', "c:a")));
  CHECK_FALSE(job.prefix().starts_with(StreamKey::owner_prefix('s', "c:a")));
  CHECK(key.prefix().starts_with(StreamKey::owner_prefix('s', "c:a")));
}

TEST_CASE("A stream is found again as it was put", "[runtime][stream_state]") {
  state::Batch batch;
  const StoredStream put = put_new_stream(batch, "c:a", "orders", 3, "cluster-1", 42);
  const auto store = a_store_with(batch);

  const auto loaded = load_stream(*store, "c:a", "orders", 3);

  REQUIRE(loaded.ok());
  REQUIRE(loaded->has_value());
  CHECK((*loaded)->checkpoint == put.checkpoint);
  CHECK((*loaded)->checkpoint.watermark() == 42);
  CHECK((*loaded)->key.progress() == put.key.progress());
  CHECK_FALSE(load_stream(*store, "c:a", "orders", 4)->has_value());
  CHECK_FALSE(load_stream(*store, "c:b", "orders", 3)->has_value());
  CHECK(*has_streams_of(*store, "c:a", "orders"));
  CHECK_FALSE(*has_streams_of(*store, "c:a", "order"));
  CHECK_FALSE(*has_streams_of(*store, "c:b", "orders"));
}

TEST_CASE("What is erased of an owner is all of it, and only of it", "[runtime][stream_state]") {
  state::Batch batch;
  const StoredStream mine = put_new_stream(batch, "j:1", "t", 0, "log", 0);
  batch.put(mine.key.transform(0) + "mark", "1");
  put_new_stream(batch, "j:10", "t", 0, "log", 0);
  const auto store = a_store_with(batch);

  state::Batch erased;
  erase_owner(erased, "j:1");
  REQUIRE(store->commit(erased).ok());

  std::string value;
  CHECK_FALSE(load_stream(*store, "j:1", "t", 0)->has_value());
  CHECK_FALSE(*store->get(mine.key.transform(0) + "mark", &value));
  CHECK(load_stream(*store, "j:10", "t", 0)->has_value());
}

TEST_CASE("Damaged progress is refused by its topic and partition", "[runtime][stream_state]") {
  state::Batch batch;
  const StoredStream put = put_new_stream(batch, "c:a", "orders", 3, "log", 0);
  batch.put(put.key.progress(), "\x01\xff");
  const auto store = a_store_with(batch);

  const auto loaded = load_stream(*store, "c:a", "orders", 3);

  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().kind == "state.corrupt");
  CHECK(loaded.error().message == "progress of orders-3: the checkpoint is cut off");
}

TEST_CASE("Progress does not go on in another log", "[runtime][stream_state]") {
  state::Batch batch;
  const StoredStream stream = put_new_stream(batch, "c:a", "orders", 3, "cluster-1", 0);

  CHECK(check_log(stream, "cluster-1").ok());
  const auto checked = check_log(stream, "cluster-2");

  REQUIRE_FALSE(checked.ok());
  CHECK(checked.error().status == Status::Fatal);
  CHECK(checked.error().kind == "log.changed");
}

TEST_CASE("Counts by minute come back from the store and go on", "[runtime][minutes]") {
  const StreamKey key{"j:1", "t", 0, 1};
  MinuteCounts counts;
  counts.count(59'999, Outcome::Delivered);
  counts.count(60'000, Outcome::Duplicate);
  counts.count(60'001, Outcome::DeadLettered);
  counts.count(-1, Outcome::Filtered);
  counts.count(-1, Outcome::Expired);  // nothing that a log column would show
  state::Batch batch;
  counts.write(batch, key.minutes());
  const auto store = a_store_with(batch);

  auto loaded = MinuteCounts::load(*store, key.minutes());

  REQUIRE(loaded.ok());
  CHECK(loaded->minutes() == counts.minutes());
  CHECK(loaded->minutes().at(0) == MinuteCounts::Counts{.delivered = 1});
  CHECK(loaded->minutes().at(1).total() == 2);
  CHECK(loaded->minutes().at(-1) == MinuteCounts::Counts{.filtered = 1});
  loaded->count(1, Outcome::Delivered);
  state::Batch changed;
  loaded->write(changed, key.minutes());
  CHECK(changed.changes().size() == 1);  // only the minute that changed
  state::Batch nothing;
  loaded->write(nothing, key.minutes());
  CHECK(nothing.empty());
}

TEST_CASE("Counts by minute of another form are refused", "[runtime][minutes]") {
  const StreamKey key{"j:1", "t", 0, 1};
  state::Batch batch;
  batch.put(key.minutes() + StreamKey::big_endian64(1), "short");
  const auto store = a_store_with(batch);

  const auto loaded = MinuteCounts::load(*store, key.minutes());

  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().kind == "state.corrupt");
}

}  // namespace reprise::runtime
