#include <catch2/catch.hpp>

#include "tests/hostile/parties.hpp"

using namespace reprise::hostile;
using namespace reprise::webhook::test;
using namespace std::chrono_literals;

namespace {

Server::Handler closing() {
  return [](const Received&, Peer& peer) {
    peer.write(response(200, "connection: close\r\n"));
    peer.close();
  };
}

Server::Handler answering() {
  return [](const Received&, Peer& peer) { peer.write(response(200)); };
}

}  // namespace

TEST_CASE("A server whose certificate was exchanged lives on resumed sessions for an hour at most", "[hostile][tls]") {
  const auto tls = make_certificate("127.0.0.1", true, 24h);
  const TemporaryFile ca(tls.certificate);
  Server server(closing(), &tls);
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"tls.ca", ca.path()}})) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  server.use_certificate(make_certificate("127.0.0.1", true, 24h));

  // Each resumption hands out a new session; none of them may carry the old trust on.
  for (int i = 0; i < 5; ++i) {
    host.pass(11min);
    host.send("k", "x");
  }
  host.pass(6min);
  const Settled late = host.send("k", "x");

  REQUIRE(server.resumed() >= 5);
  REQUIRE(late.status == REPRISE_RETRIABLE);
  REQUIRE(late.kind == "tls.handshake");
}

TEST_CASE("No session is resumed after the certificate's last day", "[hostile][tls]") {
  const auto tls = make_certificate("127.0.0.1", true, 10min);
  const TemporaryFile ca(tls.certificate);
  Server server(closing(), &tls);
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"tls.ca", ca.path()}})) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);

  host.pass(11min);
  host.send("k", "x");

  REQUIRE(server.connections() == 2);
  REQUIRE(server.resumed() == 0);
}

TEST_CASE("A kept TLS connection ends with the certificate it was verified by", "[hostile][tls]") {
  const auto tls = make_certificate("127.0.0.1", true, 5min);
  const TemporaryFile ca(tls.certificate);
  Server server(answering(), &tls);
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"tls.ca", ca.path()}, {"idle_timeout", "3600000"}})) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);

  host.pass(6min);
  host.send("k", "x");

  REQUIRE(server.connections() == 2);
}

TEST_CASE("A connection is not kept for ever", "[hostile][connections]") {
  Server server(answering());
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"idle_timeout", "3600000"}})) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  host.pass(9min);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  REQUIRE(server.connections() == 1);

  host.pass(2min);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);

  REQUIRE(server.connections() == 2);
}

TEST_CASE("A connection carries connection.max_requests and no more", "[hostile][connections]") {
  Server server(answering());
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"connection.max_requests", "3"}})) == REPRISE_OK);

  for (int i = 0; i < 7; ++i) REQUIRE(host.send("k", "x").status == REPRISE_OK);

  REQUIRE(server.connections() == 3);
}

TEST_CASE("A server cannot make us shake hands again within a connection", "[hostile][tls]") {
  const auto tls = make_certificate("127.0.0.1", true);
  const TemporaryFile ca(tls.certificate);
  Server server(
      [](const Received&, Peer& peer) {
        for (int i = 0; i < 100; ++i) peer.renegotiate();
        peer.write(response(200));
      },
      &tls);
  server.speak_tls_1_2();
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"tls.ca", ca.path()}})) == REPRISE_OK);

  host.send("k", "x");

  REQUIRE(server.received().size() == 1);
  REQUIRE(server.handshakes() == 1);
}

TEST_CASE("A certificate that names us in its common name only is for nobody", "[hostile][tls]") {
  const auto tls = make_certificate_of_common_name("localhost");
  const TemporaryFile ca(tls.certificate);
  Server server(answering(), &tls);
  Harness host;
  REQUIRE(host.start(to_url("https://localhost:" + std::to_string(server.port()) + "/", {{"tls.ca", ca.path()}})) ==
          REPRISE_OK);

  const Settled settled = host.send("k", "x");

  REQUIRE(server.received().empty());
  REQUIRE(settled.kind == "tls.name");
}
