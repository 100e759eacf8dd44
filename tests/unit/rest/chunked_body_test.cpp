#include "host/rest/chunked_body.hpp"

#include <catch2/catch.hpp>

#include "hostile_heads.hpp"

using namespace reprise::rest;

namespace {

/// Feeds bytes in pieces of `step`.
ChunkedBody::State feed_all(ChunkedBody& body, std::string_view bytes, std::size_t step, std::size_t& used) {
  used = 0;
  while (used < bytes.size()) {
    std::size_t consumed = 0;
    const auto state = body.feed(bytes.substr(used, step), consumed);
    used += consumed;
    if (state != ChunkedBody::State::More) return state;
  }
  return ChunkedBody::State::More;
}

}  // namespace

TEST_CASE("Chunks become the body, however they arrive", "[rest][chunked]") {
  const std::string bytes = "5\r\nhello\r\n00A\r\n, \r\nworld!\r\n0\r\n\r\nGET";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    INFO(step);
    ChunkedBody body(100);
    std::size_t used = 0;
    CHECK(feed_all(body, bytes, step, used) == ChunkedBody::State::Done);
    CHECK(used == bytes.size() - 3);
    CHECK(body.body() == "hello, \r\nworld!");
  }
}

TEST_CASE("Every unsafe form of chunk is refused", "[rest][chunked]") {
  for (const HostileHead& hostile : hostile_chunks()) {
    INFO(hostile.what);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, hostile.bytes.size()}) {
      ChunkedBody body(1000);
      std::size_t used = 0;
      const auto wanted = hostile.status == 413 ? ChunkedBody::State::TooLarge : ChunkedBody::State::Refused;
      CHECK(feed_all(body, hostile.bytes, step, used) == wanted);
    }
  }
}

TEST_CASE("The limit counts all chunks together", "[rest][chunked]") {
  std::size_t used = 0;
  ChunkedBody fits(6);
  CHECK(feed_all(fits, "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", 4, used) == ChunkedBody::State::Done);
  ChunkedBody exceeds(5);
  CHECK(feed_all(exceeds, "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", 4, used) == ChunkedBody::State::TooLarge);
}
