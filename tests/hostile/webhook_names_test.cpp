#include <catch2/catch.hpp>

#include <cstdlib>

#include "tests/hostile/name_server.hpp"
#include "tests/hostile/parties.hpp"

using namespace reprise::hostile;
using namespace reprise::webhook::test;
using namespace std::chrono_literals;

namespace {

/// Closes after each answer, so that each record needs a connection of its own, and the name.
Server::Handler closing() {
  return [](const Received&, Peer& peer) {
    peer.write(response(200, "connection: close\r\n"));
    peer.close();
  };
}

Harness::Options asking(const NameServer& names, const Harness::Options& more = {}) {
  Harness::Options options{{"resolver.servers.count", "1"}, {"resolver.servers.0", names.address()}};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

std::string url_of(const std::string& name, const Server& server) {
  return "http://" + name + ":" + std::to_string(server.port()) + "/hook";
}

}  // namespace

TEST_CASE("Five slow names of one customer delay nobody else's connections", "[hostile][names]") {
  NameServer names;
  Server server(closing());
  Harness host;
  for (int i = 0; i < 5; ++i) {
    const std::string name = "slow" + std::to_string(i) + ".test";
    names.silence(name);
    host.set_row(name, row(url_of(name, server)));
  }
  names.set("good.test", {"127.0.0.1"});
  host.set_row("good", row(url_of("good.test", server)));
  REQUIRE(host.start(to_table(asking(names))) == REPRISE_OK);
  for (int i = 0; i < 5; ++i) host.offer("slow" + std::to_string(i) + ".test", "x");
  const std::int64_t before_ns = Harness::now_ns();

  const Settled good = host.wait_for(host.offer("good", "x"), 30s);

  INFO(good.kind << ": " << good.message);
  REQUIRE(good.status == REPRISE_OK);
  REQUIRE((Harness::now_ns() - before_ns) / 1'000'000 < 1'000);
}

TEST_CASE("A name that failed is not asked for again at once, and less and less often", "[hostile][names]") {
  NameServer names;
  Harness host;
  REQUIRE(host.start(to_url("http://nobody.test:8080/", asking(names))) == REPRISE_OK);
  const auto fails = [&] {
    const Settled settled = host.send("k", "x");
    INFO(settled.message);
    REQUIRE(settled.status == REPRISE_RETRIABLE);
    REQUIRE(settled.kind == "resolve.failed");
    return names.questions("nobody.test");
  };

  REQUIRE(fails() == 1);
  for (int i = 0; i < 5; ++i) REQUIRE(fails() == 1);
  host.pass(1100ms);
  REQUIRE(fails() == 2);
  host.pass(1100ms);
  REQUIRE(fails() == 2);
  host.pass(1s);
  REQUIRE(fails() == 3);
}

TEST_CASE("A slow name holds no second request once it was given up", "[hostile][names]") {
  NameServer names;
  names.silence("slow.test");
  Harness host;
  REQUIRE(host.start(to_url("http://slow.test:8080/", asking(names, {{"timeout.connect", "100"}}))) == REPRISE_OK);
  REQUIRE(host.send("k", "x").kind == "timeout.connect");

  REQUIRE(host.send("k", "x").kind == "resolve.failed");
}

TEST_CASE("An address is used for its time to live, and while it is asked for again", "[hostile][names]") {
  NameServer names;
  names.set("moves.test", {"127.0.0.1"}, 30);
  Server server(closing());
  Harness host;
  REQUIRE(host.start(to_url(url_of("moves.test", server), asking(names))) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  host.pass(29s);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  REQUIRE(names.questions("moves.test") == 1);

  // The name server falls silent: the old address serves on.
  names.silence("moves.test");
  host.pass(2s);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  REQUIRE(host.run_until([&] { return names.questions("moves.test") >= 2; }));
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
}

TEST_CASE("A name that is gone is gone after its time to live", "[hostile][names]") {
  NameServer names;
  names.set("moves.test", {"127.0.0.1"}, 30);
  Server server(closing());
  Harness host;
  REQUIRE(host.start(to_url(url_of("moves.test", server), asking(names))) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);

  names.forget("moves.test");
  host.pass(31s);

  // The first record finds the old address while the name is asked for again.
  host.send("k", "x");
  REQUIRE(host.run_until([&] { return host.send("k", "x").kind == "resolve.failed"; }));
}

TEST_CASE("The most hopeful failure of all addresses counts", "[hostile][names]") {
  NameServer names;
  Server server(closing());
  const auto order = GENERATE(as<std::vector<std::string>>{}, std::vector<std::string>{"127.0.0.2", "10.0.0.1"},
                              std::vector<std::string>{"10.0.0.1", "127.0.0.2"});
  names.set("mixed.test", order);
  Harness host;
  REQUIRE(host.start(to_url(url_of("mixed.test", server), asking(names))) == REPRISE_OK);

  const Settled settled = host.send("k", "x");

  REQUIRE(settled.kind == "connect.refused");
  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(settled.about == REPRISE_ABOUT_RECORD);
}

TEST_CASE("One good address among others is found", "[hostile][names]") {
  NameServer names;
  Server server(closing());
  names.set("mixed.test", {"10.0.0.1", "127.0.0.2", "127.0.0.1"});
  Harness host;
  REQUIRE(host.start(to_url(url_of("mixed.test", server), asking(names))) == REPRISE_OK);

  const Settled settled = host.send("k", "x");

  INFO(settled.kind << ": " << settled.message);
  REQUIRE(settled.status == REPRISE_OK);
}

TEST_CASE("A name is absolute: no search domain is ever put behind it", "[hostile][names]") {
  NameServer names;
  ::setenv("LOCALDOMAIN", "attacker.test", 1);
  Harness host;
  REQUIRE(host.start(to_url("http://internal:8080/", asking(names))) == REPRISE_OK);
  ::unsetenv("LOCALDOMAIN");

  REQUIRE(host.send("k", "x").kind == "resolve.failed");

  REQUIRE(names.asked() == std::vector<std::string>{"internal"});
}

TEST_CASE("Names that never answer do not hold up a stop", "[hostile][names]") {
  NameServer names;
  names.silence("slow.test");
  Harness host;
  REQUIRE(host.start(to_url("http://slow.test:8080/", asking(names))) == REPRISE_OK);
  host.offer("k", "x");
  REQUIRE(host.run_until([&] { return names.questions("slow.test") == 1; }));
  const std::int64_t before_ns = Harness::now_ns();

  host.stop(100ms);

  REQUIRE((Harness::now_ns() - before_ns) / 1'000'000 < 1'000);
  REQUIRE(host.settled().at(0).kind == "stopped");
}
