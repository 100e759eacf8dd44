#include <atomic>
#include <catch2/catch.hpp>
#include <ctime>

#include "tests/hostile/parties.hpp"

using namespace reprise::hostile;
using namespace reprise::webhook::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kFlood = 3s;  // as long as it may last: a shard that is held gets free again, and the test ends

/// Writes the same bytes as fast as they are taken.
void flood(Peer& peer, const std::string& bytes) {
  const std::int64_t until_ns = Harness::now_ns() + std::chrono::nanoseconds(kFlood).count();
  while (peer.is_open() && Harness::now_ns() < until_ns) peer.write(bytes);
}

/// Sends one record to a good neighbour once `is_flooding` has become true, and says how long both took.
std::chrono::milliseconds neighbour_waits(Harness& host, const std::atomic<bool>& is_flooding) {
  const std::int64_t from_ns = Harness::now_ns();
  REQUIRE(host.run_until([&] { return is_flooding.load(); }));
  REQUIRE(host.send("good", "x").status == REPRISE_OK);
  return std::chrono::milliseconds((Harness::now_ns() - from_ns) / 1'000'000);
}

#if defined(__SANITIZE_THREAD__)
constexpr bool kIsThreadSanitized = true;
#else
constexpr bool kIsThreadSanitized = false;
#endif

std::int64_t thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

Server::Handler answering() {
  return [](const Received&, Peer& peer) { peer.write(response(200)); };
}

}  // namespace

TEST_CASE("A server that never ends its part of a handshake holds nobody else up", "[hostile][tls][flood]") {
  // TLS 1.2: a client ignores the wish for a handshake while it is in one. 4,096 of them fill a record.
  const std::string record = std::string("\x16\x03\x03\x40\x00", 5) + std::string(0x4000, '\0');
  std::string records;
  for (int i = 0; i < 64; ++i) records += record;
  std::atomic<bool> is_flooding{false};
  Server good(answering());
  Server bad({});
  bad.greet([&](Peer& peer) {
    is_flooding = true;
    flood(peer, records);
  });
  Harness host;
  host.set_row("good", row(good.url()));
  host.set_row("bad", row("https://127.0.0.1:" + std::to_string(bad.port()) + "/"));
  REQUIRE(host.start(to_table()) == REPRISE_OK);
  const auto flooded = host.offer("bad", "x");

  CHECK(neighbour_waits(host, is_flooding).count() < 1000);

  const Settled settled = host.wait_for(flooded);
  INFO(settled.message);
  CHECK(settled.status == REPRISE_RETRIABLE);
  CHECK(settled.kind == "tls.handshake");
}

TEST_CASE("A server that hands out sessions without end loses its connection", "[hostile][tls][flood]") {
  const auto tls = make_certificate("127.0.0.1", true);
  const TemporaryFile ca(tls.certificate);
  Server server(
      [](const Received&, Peer& peer) {
        for (int i = 0; i < 1000; ++i) peer.hand_out_session();
        peer.write(response(200));
      },
      &tls);
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"tls.ca", ca.path()}})) == REPRISE_OK);

  const Settled settled = host.send("k", "x");

  INFO(settled.message);
  CHECK(settled.status == REPRISE_RETRIABLE);
  CHECK(settled.kind == "connection.reset");
}

TEST_CASE("A server that hands out some sessions more is served", "[hostile][tls][flood]") {
  const auto tls = make_certificate("127.0.0.1", true);
  const TemporaryFile ca(tls.certificate);
  Server server(
      [](const Received&, Peer& peer) {
        for (int i = 0; i < 8; ++i) peer.hand_out_session();
        peer.write(response(200));
      },
      &tls);
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"tls.ca", ca.path()}})) == REPRISE_OK);

  CHECK(host.send("k", "x").status == REPRISE_OK);
}

TEST_CASE("A TLS 1.2 server cannot choose the numbers we compute with", "[hostile][tls][flood]") {
  const auto tls = make_rsa_certificate("127.0.0.1");
  const TemporaryFile ca(tls.certificate);
  Server server(answering(), &tls);
  server.speak_tls_1_2();
  server.exchange_keys_in_field_of(10'000);
  Harness host;
  REQUIRE(host.start(to_url(server.url(), {{"tls.ca", ca.path()}})) == REPRISE_OK);
  const std::int64_t from_ns = thread_cpu_ns();

  const Settled settled = host.send("k", "x");

  const std::int64_t cpu_ms = (thread_cpu_ns() - from_ns) / 1'000'000;
  // 724 where the numbers are computed. ThreadSanitizer adds about a hundred of its own.
  CHECK(cpu_ms < (kIsThreadSanitized ? 300 : 100));
  CHECK(settled.status == REPRISE_RETRIABLE);
  CHECK(settled.kind == "tls.handshake");
}
