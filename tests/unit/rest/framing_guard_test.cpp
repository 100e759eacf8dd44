#include "host/rest/framing_guard.hpp"

#include <catch2/catch.hpp>

#include "hostile_heads.hpp"

using namespace reprise::rest;

TEST_CASE("Every unsafe form of request is refused with its status", "[rest][guard]") {
  for (const HostileHead& hostile : hostile_heads()) {
    INFO(hostile.what);
    const std::size_t end = find_head_end(hostile.bytes);
    const FramingVerdict verdict =
        end > 0 ? check_head(std::string_view(hostile.bytes).substr(0, end)) : check_partial_head(hostile.bytes);
    CHECK(verdict.status == hostile.status);
    CHECK_FALSE(verdict.reason.empty());
  }
}

TEST_CASE("An ordinary request is accepted and taken apart", "[rest][guard]") {
  const FramingVerdict verdict = check_head(
      "POST /replays?dry_run=true HTTP/1.1\r\nhOsT: [::1]:8083\r\nContent-Length:  17 \r\nX-Empty:\r\nX-Text: "
      "caf\xc3\xa9\ta\r\n\r\n");

  REQUIRE(verdict.is_accepted());
  CHECK(verdict.method == "POST");
  CHECK(verdict.target == "/replays?dry_run=true");
  CHECK(verdict.framing == BodyFraming::Length);
  CHECK(verdict.body_bytes == 17);
  CHECK_FALSE(verdict.wants_close);
  REQUIRE(verdict.fields.size() == 4);
  CHECK(verdict.fields[1].value == "17");
  CHECK(verdict.fields[2].value.empty());
  CHECK(verdict.fields[3].value == "caf\xc3\xa9\ta");
}

TEST_CASE("Framing, close and continue are read as they are meant", "[rest][guard]") {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  CHECK(check_head(post + "\r\n").framing == BodyFraming::None);
  CHECK(check_head(post + "Content-Length: 0\r\n\r\n").framing == BodyFraming::None);
  CHECK(check_head(post + "Transfer-Encoding: Chunked\r\n\r\n").framing == BodyFraming::Chunked);
  CHECK(check_head(post + "Connection: keep-alive\r\n\r\n").wants_close == false);
  CHECK(check_head(post + "Connection: keep-alive , Close\r\n\r\n").wants_close);
  CHECK(check_head("GET / HTTP/1.0\r\n\r\n").is_accepted());
  CHECK(check_head("GET / HTTP/1.0\r\nHost: a\r\n\r\n").wants_close);
  CHECK(check_head(post + "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n").expects_continue);
  CHECK(check_head("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").is_accepted());
}

TEST_CASE("The limits are the largest that is accepted", "[rest][guard]") {
  const std::string base = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
  const auto padded = [&](std::size_t size) {
    return "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(size - base.size(), 'x') + "\r\n\r\n";
  };
  CHECK(check_head(padded(8192)).is_accepted());
  CHECK(check_head(padded(8193)).status == 431);

  std::string fields = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 99; ++i) fields += "a: b\r\n";
  CHECK(check_head(fields + "\r\n").is_accepted());
  CHECK(check_head(fields + "a: b\r\n\r\n").status == 431);
}

TEST_CASE("Anything but one complete head is refused", "[rest][guard]") {
  CHECK(check_head("").status == 400);
  CHECK(check_head("\r\n\r\n").status == 400);
  CHECK(check_head("GET / HTTP/1.1\r\nHost: a\r\n").status == 400);
  CHECK(check_head("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET").status == 400);
}

TEST_CASE("The beginning of an acceptable head is waited for", "[rest][guard]") {
  const std::string head = "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    INFO(size);
    CHECK(check_partial_head(std::string_view(head).substr(0, size)).is_accepted());
    CHECK(find_head_end(std::string_view(head).substr(0, size)) == 0);
  }
  CHECK(find_head_end(head) == head.size());
}
