#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <new>

#include "plugins/sink-webhook/src/signature.hpp"
#include "tests/hostile/name_server.hpp"
#include "tests/hostile/parties.hpp"

using namespace reprise::hostile;
using namespace reprise::webhook;
using namespace reprise::webhook::test;
using namespace std::chrono_literals;

namespace {

std::size_t bytes_in_use() { return ::mallinfo2().uordblks; }

// Two minutes of a sink to which nothing comes. It has many timers, and the last word after them.
void let_two_minutes_pass(Harness& host) {
  host.pass(120s);
  const std::int64_t until_ns = Harness::now_ns() + 50'000'000;
  host.run_until([&] { return Harness::now_ns() >= until_ns; });
}

}  // namespace

TEST_CASE("The TLS session of a customer who is gone goes with the row", "[hostile][removed]") {
  const auto tls = make_certificate("127.0.0.1", true);
  const TemporaryFile ca(tls.certificate);
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); }, &tls);
  Harness host;
  host.set_row("42", row(server.url()));
  REQUIRE(host.start(to_table({{"tls.ca", ca.path()}})) == REPRISE_OK);
  REQUIRE(host.send("42", "x").status == REPRISE_OK);

  host.erase_row("42");
  let_two_minutes_pass(host);
  host.set_row("42", row(server.url()));
  REQUIRE(host.send("42", "x").status == REPRISE_OK);

  CHECK(server.handshakes() == 2);
  CHECK(server.resumed() == 0);
}

TEST_CASE("What was known of customers who are gone takes no memory", "[hostile][removed]") {
  constexpr std::size_t kCustomers = 500, kPathBytes = 1900;
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  REQUIRE(host.start(to_table()) == REPRISE_OK);
  for (std::size_t i = 0; i < kCustomers; ++i) {
    const std::string key = std::to_string(i);
    host.set_row(key, row(server.url("/" + std::string(kPathBytes, 'x') + key)));
    REQUIRE(host.send(key, "x").status == REPRISE_OK);
  }

  for (std::size_t i = 0; i < kCustomers; ++i) host.erase_row(std::to_string(i));
  const std::size_t before = bytes_in_use();
  let_two_minutes_pass(host);
  const std::size_t after = bytes_in_use();

  // Sanitizers bring an allocator of their own, which this count does not see.
  if (before > 0) CHECK(before - std::min(before, after) > kCustomers * kPathBytes);
}

TEST_CASE("A customer who is gone is down no more", "[hostile][removed]") {
  Server server([](const Received&, Peer& peer) { peer.write(response(500)); });
  Harness host;
  host.set_row("42", row(server.url()));
  REQUIRE(host.start(to_table({{"breaker.failures", "1"}})) == REPRISE_OK);
  REQUIRE(host.send("42", "x").status == REPRISE_RETRIABLE);
  REQUIRE(host.health == std::vector<std::pair<std::string, int>>{{"42", REPRISE_DOWN}});

  host.erase_row("42");
  let_two_minutes_pass(host);

  CHECK(host.health.back().first == "42");
  CHECK(host.health.back().second == REPRISE_UP);
}

TEST_CASE("An answer about the name of a customer who is gone harms nobody", "[hostile][removed]") {
  NameServer names;
  names.silence("slow.test");
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); });
  const std::string url = "http://slow.test:" + std::to_string(server.port()) + "/hook";
  Harness host;
  host.set_row("42", row(url));
  REQUIRE(host.start(to_table(
              {{"resolver.servers.count", "1"}, {"resolver.servers.0", names.address()}, {"timeout.connect", "50"}})) ==
          REPRISE_OK);
  REQUIRE(host.send("42", "x").kind == "timeout.connect");

  host.erase_row("42");
  let_two_minutes_pass(host);
  names.set("slow.test", {"127.0.0.1"});
  const int asked = names.questions("slow.test");
  REQUIRE(host.run_until([&] { return names.questions("slow.test") > asked; }));  // asked once more, and answered

  host.set_row("42", row(url));
  CHECK(host.send("42", "x").status == REPRISE_OK);
  CHECK(host.violations.empty());
}

TEST_CASE("A secret leaves nothing behind", "[hostile][removed]") {
  alignas(Secret) unsigned char memory[sizeof(Secret)];
  const volatile unsigned char* left = memory;  // the compiler knows that nobody may look afterwards
  Secret* secret = new (memory) Secret(std::string(32, 'k'));

  secret->~Secret();

  CHECK(std::count(left, left + sizeof memory, 0) == sizeof memory);
}
