#include "response_parser.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace reprise::webhook;
using State = ResponseParser::State;

namespace {

struct Outcome {
  State state = State::Head;
  int status = 0;
  bool can_reuse = false;
  std::size_t used = 0;
  std::string retry_after;

  bool operator==(const Outcome& other) const {
    return state == other.state && status == other.status && can_reuse == other.can_reuse && used == other.used &&
           retry_after == other.retry_after;
  }
};

/// Feeds text in pieces of the given sizes (repeating the last one).
Outcome feed(const std::string& text, const std::vector<std::size_t>& pieces,
             const ResponseParser::Limits& limits = {}) {
  ResponseParser parser(limits);
  parser.reset();
  Outcome outcome;
  std::size_t at = 0, piece = 0;
  while (at < text.size() && parser.state() != State::Done && parser.state() != State::Failed) {
    const std::size_t size = std::min(pieces[std::min(piece++, pieces.size() - 1)], text.size() - at);
    const std::size_t used = parser.feed(text.data() + at, size);
    outcome.used += used;
    at += size;
    if (used < size) break;
  }
  outcome.state = parser.state();
  if (parser.has_head()) outcome.status = parser.status();
  if (parser.state() == State::Done) outcome.can_reuse = parser.can_reuse();
  outcome.retry_after = parser.retry_after();
  return outcome;
}

Outcome feed_whole(const std::string& text, const ResponseParser::Limits& limits = {}) {
  return feed(text, {text.size()}, limits);
}

const std::vector<std::string> kGood{
    "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200\r\ncontent-length:0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 429 X\r\nRetry-After: "
    "12\r\nContent-Length: 2\r\n\r\nno",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
    "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
};

}  // namespace

TEST_CASE("A response is read to its end and the connection can be used again", "[webhook][parser]") {
  for (const auto& text : kGood) {
    INFO(text);
    const Outcome outcome = feed_whole(text);

    REQUIRE(outcome.state == State::Done);
    REQUIRE(outcome.can_reuse);
    REQUIRE(outcome.used == text.size());
  }
  REQUIRE(feed_whole(kGood[4]).status == 429);
  REQUIRE(feed_whole(kGood[4]).retry_after == "12");
}

TEST_CASE("A response reads alike byte by byte and in any split", "[webhook][parser]") {
  std::mt19937 random(20261121);
  std::vector<std::string> texts = kGood;
  texts.insert(texts.end(), {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n",
                             "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"});
  for (const auto& text : texts) {
    const Outcome whole = feed_whole(text);
    REQUIRE(feed(text, {1}) == whole);
    for (int round = 0; round < 50; ++round) {
      std::vector<std::size_t> pieces;
      for (int i = 0; i < 60; ++i) pieces.push_back(1 + random() % 9);
      INFO(text);
      REQUIRE(feed(text, pieces) == whole);
    }
  }
}

TEST_CASE("Bytes beyond the response are left to the caller", "[webhook][parser]") {
  const std::string text = "HTTP/1.1 204 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";

  REQUIRE(feed_whole(text).used == 18);
}

TEST_CASE("What is not an HTTP/1.1 response fails", "[webhook][parser]") {
  const auto bad = GENERATE(
      as<std::string>{}, "HTTP/1.1 000 X\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n",
      "HTTP/1.1 abc\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1  200 OK\r\n\r\n", "<html></html>\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\n\n",
      "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: empty\r\n\r\n", "HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n");
  INFO(bad);
  REQUIRE(feed_whole(bad).state == State::Failed);
  REQUIRE(feed_whole(std::string("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", 26)).state == State::Failed);
}

TEST_CASE("A complete head counts whatever its body is, but the connection is not used again", "[webhook][parser]") {
  const auto text =
      GENERATE(as<std::string>{}, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
               "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n",
               "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
               "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
               "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
               "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  const Outcome outcome = feed_whole(text);

  INFO(text);
  REQUIRE(outcome.state == State::Done);
  REQUIRE_FALSE(outcome.can_reuse);
  REQUIRE(outcome.status / 100 != 0);
}

TEST_CASE("Headers and bodies are bounded", "[webhook][parser]") {
  const ResponseParser::Limits limits{.max_header_bytes = 1024, .max_body_bytes = 100};

  REQUIRE(feed_whole("HTTP/1.1 200 OK\r\nA: " + std::string(2000, 'x') + "\r\n\r\n", limits).state == State::Failed);
  REQUIRE(feed(std::string(5000, 'x'), {7}, limits).state == State::Failed);
  std::string flood;
  for (int i = 0; i < 9; ++i) flood += "HTTP/1.1 100 Continue\r\n\r\n";
  REQUIRE(feed_whole(flood + "HTTP/1.1 200 OK\r\n\r\n", limits).state == State::Failed);

  const Outcome until_close = feed_whole("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'), limits);
  REQUIRE(until_close.state == State::Done);
  REQUIRE_FALSE(until_close.can_reuse);
  const Outcome chunked = feed_whole(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + std::string(255, 'x') + "\r\n0\r\n\r\n", limits);
  REQUIRE(chunked.state == State::Done);
  REQUIRE_FALSE(chunked.can_reuse);
}

TEST_CASE("A connection that ends early counts by its head", "[webhook][parser]") {
  ResponseParser parser(ResponseParser::Limits{});
  const auto end_after = [&](const std::string& text) {
    parser.reset();
    parser.feed(text.data(), text.size());
    parser.feed_end();
    return parser.state();
  };

  REQUIRE(end_after("") == State::Failed);
  REQUIRE(end_after("HTTP/1.1 200 OK\r\nContent-Le") == State::Failed);
  REQUIRE(end_after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal") == State::Done);
  REQUIRE_FALSE(parser.can_reuse());
  REQUIRE(end_after("HTTP/1.1 200 OK\r\n\r\nuntil close") == State::Done);
}
