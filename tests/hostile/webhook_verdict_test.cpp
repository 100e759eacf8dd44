#include <catch2/catch.hpp>

#include "tests/hostile/parties.hpp"

using namespace reprise::hostile;
using namespace reprise::webhook::test;

TEST_CASE("A certificate for another name ends no record: whoever is on the way can show one", "[hostile][tls]") {
  const auto tls = make_certificate("other.example");
  const TemporaryFile ca(tls.certificate);
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); }, &tls);
  const auto name = GENERATE(as<std::string>{}, "localhost", "127.0.0.1");
  Harness host;
  REQUIRE(host.start(to_url("https://" + name + ":" + std::to_string(server.port()) + "/", {{"tls.ca", ca.path()}})) ==
          REPRISE_OK);

  const Settled settled = host.send("k", "x");

  REQUIRE(settled.kind == "tls.name");
  REQUIRE(settled.about == REPRISE_ABOUT_ENDPOINT);
  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(server.received().empty());
}

TEST_CASE("A name server that answers with a private address ends no record", "[hostile][names]") {
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  REQUIRE(host.start({{"endpoint.url", "http://localhost:" + std::to_string(server.port()) + "/"},
                      {"allow_http", "true"}}) == REPRISE_OK);

  const Settled settled = host.send("k", "x");

  REQUIRE(settled.kind == "address.refused");
  REQUIRE(settled.about == REPRISE_ABOUT_ENDPOINT);
  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(server.connections() == 0);
}

TEST_CASE("What can be forged opens the endpoint's breaker", "[hostile][names]") {
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  REQUIRE(host.start({{"endpoint.url", "http://localhost:" + std::to_string(server.port()) + "/"},
                      {"allow_http", "true"},
                      {"breaker.failures", "2"}}) == REPRISE_OK);

  host.send("k", "x");
  host.send("k", "x");

  REQUIRE(host.send("k", "x").kind == "endpoint.closed");
}

TEST_CASE("A literal address that is refused is permanent: nobody can have forged it", "[hostile][names]") {
  const auto address = GENERATE(as<std::string>{}, "127.0.0.1", "[::1]", "10.0.0.1");
  Harness host;
  REQUIRE(host.start({{"endpoint.url", "http://" + address + ":8080/"}, {"allow_http", "true"}}) == REPRISE_OK);

  const Settled settled = host.send("k", "x");

  REQUIRE(settled.status == REPRISE_PERMANENT);
  REQUIRE(settled.kind == "address.refused");
  REQUIRE(settled.about == REPRISE_ABOUT_ENDPOINT);
}
