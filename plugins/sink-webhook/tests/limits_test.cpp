#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "harness.hpp"
#include "server.hpp"

using namespace reprise::webhook::test;
using namespace std::chrono_literals;

namespace {

Harness::Options to(const std::string& url, const Harness::Options& more = {}) {
  Harness::Options options{
      {"endpoint.url", url}, {"allow_http", "true"}, {"allow_cidrs.count", "1"}, {"allow_cidrs.0", "127.0.0.0/8"}};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

Harness::Options by_table(const Harness::Options& more = {}) {
  Harness::Options options = to("", more);
  options.front() = {"endpoint.table", "webhooks"};
  return options;
}

/// Answers each request once the gate is open.
struct Gate {
  std::atomic<bool> is_open{false};
  std::atomic<int> waiting{0};
  std::atomic<int> most{0};

  Server::Handler handler() {
    return [this](const Received&, Peer& peer) {
      const int now = ++waiting;
      int seen = most.load();
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      while (!is_open && !peer.gone()) {
      }
      --waiting;
      peer.write(response(200));
    };
  }
};

}  // namespace

TEST_CASE("No more than max_in_flight requests are under way", "[webhook][limits]") {
  Gate gate;
  Server server(gate.handler());
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"max_in_flight", "4"}})) == REPRISE_OK);
  for (int i = 0; i < 12; ++i) host.offer("k", "x");

  REQUIRE(host.run_until([&] { return gate.waiting == 4; }));
  REQUIRE(host.waiting() == 8);
  gate.is_open = true;
  REQUIRE(host.run_until([&] { return host.settled().size() == 12; }));

  REQUIRE(gate.most == 4);
  REQUIRE(server.connections() == 4);
  REQUIRE(host.violations.empty());
}

TEST_CASE("A silent endpoint at its limit gives records back and does not stop the others", "[webhook][limits]") {
  Gate gate;
  Server slow(gate.handler());
  Server fast([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  host.set_row("slow", R"({"url": ")" + slow.url() + R"("})");
  host.set_row("fast", R"({"url": ")" + fast.url() + R"("})");
  REQUIRE(host.start(by_table({{"endpoint_max_in_flight", "2"}})) == REPRISE_OK);
  std::set<std::uint64_t> quick;
  for (int i = 0; i < 10; ++i) host.offer("slow", "x");
  for (int i = 0; i < 10; ++i) quick.insert(host.offer("fast", "x"));

  const bool all_quick = host.run_until([&] {
    std::size_t delivered = 0;
    for (const auto& settled : host.settled())
      delivered += quick.count(settled.handle) > 0 && settled.status == REPRISE_OK ? 1u : 0u;
    return delivered == quick.size();
  });

  REQUIRE(all_quick);
  REQUIRE(gate.most <= 2);
  REQUIRE(host.settled().at(0).status == REPRISE_DEFERRED);
  REQUIRE(host.settled().at(0).kind == "endpoint.busy");
}

TEST_CASE("Bodies that never end hold no more connections than max_in_flight", "[webhook][limits]") {
  std::atomic<int> open{0};
  Server server([&](const Received&, Peer& peer) {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    ++open;
    peer.hang();
    --open;
  });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"max_in_flight", "3"}})) == REPRISE_OK);

  for (int i = 0; i < 12; ++i) {
    REQUIRE(host.send("k", "x").status == REPRISE_OK);
    REQUIRE(host.run_until([&] { return open <= 3; }));
  }

  REQUIRE(server.connections() == 12);
}

TEST_CASE("An endpoint that hung gets one request at a time until it answers", "[webhook][limits]") {
  std::atomic<bool> hangs{true};
  std::atomic<int> open{0};
  Server server([&](const Received&, Peer& peer) {
    if (!hangs) return peer.write(response(200));
    ++open;
    peer.hang();
    --open;
  });
  Harness host;
  host.set_row("42", R"({"url": ")" + server.url() + R"("})");
  REQUIRE(host.start(by_table({{"timeout.total", "200"}})) == REPRISE_OK);
  REQUIRE(host.send("42", "x").kind == "timeout.total");

  for (int i = 0; i < 5; ++i) host.offer("42", "x");
  REQUIRE(host.run_until([&] { return host.settled().size() == 6; }));
  int deferred = 0;
  for (const auto& settled : host.settled()) deferred += settled.status == REPRISE_DEFERRED ? 1 : 0;
  REQUIRE(deferred == 4);

  hangs = false;
  REQUIRE(host.send("42", "x").status == REPRISE_OK);
  for (int i = 0; i < 5; ++i) host.offer("42", "x");
  REQUIRE(host.run_until([&] { return host.settled().size() == 12; }));
  for (std::size_t i = 7; i < 12; ++i) REQUIRE(host.settled()[i].status == REPRISE_OK);
}

TEST_CASE("A rate limit holds, and records wait without an attempt", "[webhook][limits]") {
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"rate_limit.per_second", "100"}, {"rate_limit.burst", "5"}})) == REPRISE_OK);
  for (int i = 0; i < 35; ++i) host.offer("k", "x");
  const std::int64_t before_ns = Harness::now_ns();

  REQUIRE(host.run_until([&] { return host.settled().size() == 35; }));

  REQUIRE(Harness::now_ns() - before_ns >= 290'000'000);
  for (const auto& settled : host.settled()) REQUIRE(settled.status == REPRISE_OK);
}

TEST_CASE("A record that is given back says whether the endpoint or we hold it up", "[webhook][limits]") {
  Server well([](const Received&, Peer& peer) { peer.write(response(200)); });
  Server busy([](const Received&, Peer& peer) {
    peer.write("HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n");
  });
  Harness host;
  host.set_row("well", R"({"url": ")" + well.url() + R"("})");
  host.set_row("busy", R"({"url": ")" + busy.url() + R"("})");
  REQUIRE(host.start(by_table({{"rate_limit.per_second", "1"}, {"rate_limit.burst", "1"}})) == REPRISE_OK);
  REQUIRE(host.send("well", "x").status == REPRISE_OK);
  REQUIRE(host.send("busy", "x").status == REPRISE_RETRIABLE);

  const Settled limited = host.send("well", "x");
  const Settled closed = host.send("busy", "x");

  REQUIRE(limited.kind == "endpoint.rate");
  CHECK(limited.about == REPRISE_ABOUT_RECORD);
  REQUIRE(closed.kind == "endpoint.closed");
  CHECK(closed.about == REPRISE_ABOUT_ENDPOINT);
}

TEST_CASE("The breaker opens after failures in a row and closes with a good answer", "[webhook][limits]") {
  std::atomic<int> status{500};
  Server server([&](const Received&, Peer& peer) { peer.write(response(status)); });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"breaker.failures", "3"}, {"breaker.open_for", "200"}})) == REPRISE_OK);
  for (int i = 0; i < 3; ++i) REQUIRE(host.send("k", "x").status == REPRISE_RETRIABLE);

  const Settled while_open = host.send("k", "x");
  REQUIRE(while_open.status == REPRISE_DEFERRED);
  REQUIRE(while_open.retry_after_ms > 0);
  REQUIRE(server.received().size() == 3);
  REQUIRE(host.health.back().second == REPRISE_DOWN);

  status = 200;
  const std::int64_t until_ns = Harness::now_ns() + 220'000'000;
  host.run_until([&] { return Harness::now_ns() > until_ns; });
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  REQUIRE(host.health.back().second == REPRISE_UP);
}

TEST_CASE("While the breaker tries, one request goes and the others wait", "[webhook][limits]") {
  Gate gate;
  std::atomic<bool> is_broken{true};
  const auto slow = gate.handler();
  Server server([&](const Received& request, Peer& peer) {
    if (is_broken)
      peer.write(response(500));
    else
      slow(request, peer);
  });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"breaker.failures", "1"}, {"breaker.open_for", "100"}})) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_RETRIABLE);
  is_broken = false;
  const std::int64_t until_ns = Harness::now_ns() + 120'000'000;
  host.run_until([&] { return Harness::now_ns() > until_ns; });

  const auto probe = host.offer("k", "x");
  const Settled other = host.send("k", "x");

  REQUIRE(other.status == REPRISE_DEFERRED);
  gate.is_open = true;
  REQUIRE(host.wait_for(probe).status == REPRISE_OK);
}

TEST_CASE("A hundred endpoints that answer late leave room for one that answers", "[webhook][limits]") {
  Gate gate;
  Server late(gate.handler());
  Server prompt([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  for (int i = 0; i < 100; ++i) host.set_row("late-" + std::to_string(i), R"({"url": ")" + late.url() + "\"}");
  host.set_row("prompt", R"({"url": ")" + prompt.url() + "\"}");
  REQUIRE(host.start(by_table()) == REPRISE_OK);
  const auto offer_all = [&] {
    for (int i = 0; i < 100; ++i) host.offer("late-" + std::to_string(i), "x");
    for (int i = 0; i < 200; ++i) host.offer("prompt", "x");
  };

  // Whoever is not known yet may fill the limit once; a second later it counts as late.
  offer_all();
  CHECK(host.run_until([&] { return prompt.received().size() == 200; }, 6s));
  REQUIRE(host.run_until([&] { return host.detached == 100; }));

  offer_all();
  CHECK(host.run_until([&] { return prompt.received().size() == 400; }, 900ms));
  const auto given_back = std::count_if(host.settled().begin(), host.settled().end(),
                                        [](const Settled& settled) { return settled.kind == "endpoint.late"; });
  CHECK(given_back == 100);
  CHECK(late.received().size() == 100);
  gate.is_open = true;
  host.run_until([&] { return host.settled().size() == 600; });
  CHECK(host.violations.empty());
}

TEST_CASE("Nothing is sent near or after the end of the lease", "[webhook][limits]") {
  Gate gate;
  Server server(gate.handler());
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);

  host.set_lease(Harness::now_ns() + 5'000'000);
  REQUIRE(host.send("k", "x").kind == "lease.over");
  REQUIRE(host.settled().back().status == REPRISE_DEFERRED);
  REQUIRE(server.received().empty());

  const std::int64_t lease_ns = Harness::now_ns() + 200'000'000;
  host.set_lease(lease_ns);
  const Settled cut = host.send("k", "x");
  REQUIRE(cut.kind == "lease.over");
  REQUIRE(cut.status == REPRISE_RETRIABLE);
  REQUIRE(Harness::now_ns() < lease_ns);
}

TEST_CASE("stop waits for answers", "[webhook][limits]") {
  Gate gate;
  Server server(gate.handler());
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  const auto handle = host.offer("k", "x");
  REQUIRE(host.run_until([&] { return gate.waiting == 1; }));
  gate.is_open = true;

  host.stop(5s);

  REQUIRE(host.wait_for(handle).status == REPRISE_OK);
}

TEST_CASE("stop cuts what has no answer at its deadline, to be sent again", "[webhook][limits]") {
  Gate gate;
  Server server(gate.handler());
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  const auto handle = host.offer("k", "x");
  REQUIRE(host.run_until([&] { return gate.waiting == 1; }));

  host.stop(100ms);

  const Settled settled = host.wait_for(handle);
  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(settled.kind == "stopped");
}

TEST_CASE("Closing a stream cuts its requests only", "[webhook][limits]") {
  Gate gate;
  Server server(gate.handler());
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  host.open(1);
  const auto stays = host.offer("k", "x");
  const auto goes = host.offer("k", "x", [](reprise_record& record) { record.slot = 1; });
  REQUIRE(host.run_until([&] { return gate.waiting == 2; }));

  host.close(1);

  REQUIRE(host.wait_for(goes).kind == "stopped");
  gate.is_open = true;
  REQUIRE(host.wait_for(stays).status == REPRISE_OK);
}

TEST_CASE("What we cut ourselves does not count against the endpoint", "[webhook][limits]") {
  Gate gate;
  Server server(gate.handler());
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"breaker.failures", "1"}})) == REPRISE_OK);
  host.open(1);
  const auto cut = host.offer("k", "x", [](reprise_record& record) { record.slot = 1; });
  REQUIRE(host.run_until([&] { return gate.waiting == 1; }));
  host.close(1);
  REQUIRE(host.wait_for(cut).kind == "stopped");
  gate.is_open = true;

  REQUIRE(host.send("k", "x").status == REPRISE_OK);
}

TEST_CASE("Endpoints that hang from their first request on do not stop the others until they time out",
          "[webhook][limits]") {
  Gate gate;
  Server hanging(gate.handler());
  Server prompt([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  for (int i = 0; i < 150; ++i) host.set_row("hanging-" + std::to_string(i), R"({"url": ")" + hanging.url() + "\"}");
  host.set_row("prompt", R"({"url": ")" + prompt.url() + "\"}");
  REQUIRE(host.start(by_table()) == REPRISE_OK);

  for (int i = 0; i < 150; ++i) host.offer("hanging-" + std::to_string(i), "x");
  for (int i = 0; i < 200; ++i) host.offer("prompt", "x");

  // The default timeout.total is 10 s; each turn of those that are not known yet is a second.
  CHECK(host.run_until([&] { return prompt.received().size() == 200; }, 8s));
  const auto cut = std::count_if(host.settled().begin(), host.settled().end(),
                                 [](const Settled& settled) { return settled.kind == "timeout.crowded"; });
  CHECK(cut > 0);
  CHECK(cut < 150);
  gate.is_open = true;
  host.run_until([&] { return host.settled().size() == 350; });
  CHECK(host.violations.empty());
}

TEST_CASE("The one endpoint of a sink is the sink as a whole", "[webhook][limits]") {
  const auto ordering = GENERATE(as<std::string>{}, "none", "per_key", "per_endpoint");
  Harness host;
  REQUIRE(host.start(to("https://example.com/", {{"ordering", ordering}})) == REPRISE_OK);

  const reprise_route a = host.route("a"), b = host.route("b");

  REQUIRE(a.group == 0);
  REQUIRE(b.group == 0);
  REQUIRE((a.order == 0) == (ordering == "none"));
  REQUIRE((a.order != b.order) == (ordering == "per_key"));
}
