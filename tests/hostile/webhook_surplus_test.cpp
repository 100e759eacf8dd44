#include <atomic>
#include <catch2/catch.hpp>

#include "tests/hostile/parties.hpp"

using namespace reprise::hostile;
using namespace reprise::webhook::test;
using namespace std::chrono_literals;

namespace {

/// Answers the first request with 200 and, when told so, writes one more answer that nobody asked for; every other
/// request fails.
struct Splitter {
  std::atomic<bool> may_go_on{false};
  std::atomic<bool> has_gone_on{false};

  Server::Handler handler() {
    return [this](const Received& request, Peer& peer) {
      if (request.body != "first") return peer.write(response(500));
      peer.write(response(200));
      while (!may_go_on && !peer.gone()) {
      }
      peer.write(response(200));
      has_gone_on = true;
    };
  }
};

bool wait_until(const std::function<bool()>& done) {
  const std::int64_t until_ns = Harness::now_ns() + 5'000'000'000;
  while (!done() && Harness::now_ns() < until_ns) std::this_thread::yield();
  return done();
}

}  // namespace

TEST_CASE("Bytes that wait on an idle connection answer no request", "[hostile][surplus]") {
  const bool is_tls = GENERATE(false, true);
  const auto tls = make_certificate("127.0.0.1", true);
  const TemporaryFile ca(tls.certificate);
  Splitter splitter;
  Server server(splitter.handler(), is_tls ? &tls : nullptr);
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"tls.ca", ca.path()}})) == REPRISE_OK);
  REQUIRE(host.send("k", "first").status == REPRISE_OK);
  const std::int64_t idle_since_ns = Harness::now_ns();

  // The host's loop stands still meanwhile, as it does in a long turn.
  splitter.may_go_on = true;
  REQUIRE(wait_until([&] { return splitter.has_gone_on && Harness::now_ns() > idle_since_ns + 5'000'000; }));
  const Settled second = host.send("k", "second");

  INFO(second.kind << ": " << second.message);
  REQUIRE(second.code == 500);
  REQUIRE(second.status == REPRISE_RETRIABLE);
  REQUIRE(server.connections() == 2);
}

TEST_CASE("A connection that was closed while it was idle costs no attempt", "[hostile][surplus]") {
  std::atomic<bool> may_close{false};
  Server server([&](const Received& request, Peer& peer) {
    peer.write(response(200));
    if (request.body != "first") return;
    while (!may_close && !peer.gone()) {
    }
    peer.reset();
  });
  Harness host;
  REQUIRE(host.start(to_url(server.url())) == REPRISE_OK);
  REQUIRE(host.send("k", "first").status == REPRISE_OK);
  const std::int64_t idle_since_ns = Harness::now_ns();

  may_close = true;
  REQUIRE(wait_until([&] { return server.closed() == 1 && Harness::now_ns() > idle_since_ns + 5'000'000; }));

  const Settled second = host.send("k", "second");
  INFO(second.kind << ": " << second.message);
  REQUIRE(second.status == REPRISE_OK);
}

TEST_CASE("A 204 or 304 that brings a body ends its connection", "[hostile][surplus]") {
  const auto head = GENERATE(as<std::string>{}, "HTTP/1.1 204 X\r\ncontent-length: 38\r\n\r\n",
                             "HTTP/1.1 304 X\r\ntransfer-encoding: chunked\r\n\r\n");
  Server server(
      [&](const Received& request, Peer& peer) { peer.write(request.body == "first" ? head : response(500)); });
  Harness host;
  REQUIRE(host.start(to_url(server.url())) == REPRISE_OK);

  host.send("k", "first");
  host.send("k", "second");

  REQUIRE(server.connections() == 2);
}
