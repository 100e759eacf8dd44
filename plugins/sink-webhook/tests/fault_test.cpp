#include <unistd.h>

#include <catch2/catch.hpp>

#include <fstream>

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

/// A file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    char name[] = "/tmp/sink-webhook-test-XXXXXX";
    ::close(::mkstemp(name));
    path_ = name;
    std::ofstream(path_) << content;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("What is no answer is retriable", "[webhook][fault]") {
  struct Case {
    const char* name;
    const char* kind;
    Server::Handler handler;
  };
  const std::string many_headers = [] {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "X-" + std::to_string(i) + ": y\r\n";
    return text;
  }();
  const std::vector<Case> cases{
      {"reset", "connection.reset", [](const Received&, Peer& peer) { peer.reset(); }},
      {"closed without an answer", "response.malformed", [](const Received&, Peer& peer) { peer.close(); }},
      {"closed within the headers", "response.malformed",
       [](const Received&, Peer& peer) {
         peer.write("HTTP/1.1 200 OK\r\nServ");
         peer.close();
       }},
      {"garbage", "response.malformed",
       [](const Received&, Peer& peer) { peer.write("\x16\x03\x01 nonsense\r\n\r\n"); }},
      {"status 999", "response.malformed", [](const Received&, Peer& peer) { peer.write("HTTP/1.1 999 X\r\n\r\n"); }},
      {"huge header", "response.malformed",
       [](const Received&, Peer& peer) {
         peer.write("HTTP/1.1 200 OK\r\nA: " + std::string(1 << 20, 'a') + "\r\n\r\n");
       }},
      {"10,000 headers", "response.malformed",
       [&](const Received&, Peer& peer) { peer.write("HTTP/1.1 200 OK\r\n" + many_headers + "\r\n"); }},
      {"1xx flood", "response.malformed",
       [](const Received&, Peer& peer) {
         while (peer.is_open() && !peer.gone()) peer.write("HTTP/1.1 100 Continue\r\n\r\n");
       }},
  };
  for (const auto& c : cases) {
    Server server(c.handler);
    Harness host;
    REQUIRE(host.start(to(server.url())) == REPRISE_OK);

    const Settled settled = host.send("k", "x");

    INFO(c.name << ": " << settled.message);
    REQUIRE(settled.status == REPRISE_RETRIABLE);
    REQUIRE(settled.kind == c.kind);
    REQUIRE(host.violations.empty());
  }
}

TEST_CASE("A complete head counts, whatever becomes of the body", "[webhook][fault]") {
  struct Case {
    const char* name;
    Server::Handler handler;
  };
  const std::vector<Case> cases{
      {"early close",
       [](const Received&, Peer& peer) {
         peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
         peer.close();
       }},
      {"hang in the body",
       [](const Received&, Peer& peer) {
         peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
         peer.hang();
       }},
      {"endless body",
       [](const Received&, Peer& peer) {
         peer.write("HTTP/1.1 200 OK\r\n\r\n");
         while (peer.is_open() && !peer.gone()) peer.write(std::string(65536, 'x'));
       }},
      {"both framings",
       [](const Received&, Peer& peer) {
         peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
       }},
  };
  for (const auto& c : cases) {
    Server server(c.handler);
    Harness host;
    REQUIRE(host.start(to(server.url(), {{"timeout.total", "2000"}})) == REPRISE_OK);
    const std::int64_t before_ns = Harness::now_ns();

    const Settled settled = host.send("k", "x");

    INFO(c.name << ": " << settled.message);
    REQUIRE(settled.status == REPRISE_OK);
    REQUIRE(Harness::now_ns() - before_ns < 1'500'000'000);
  }
}

TEST_CASE("A receiver that hangs or drips ends at timeout.total", "[webhook][fault]") {
  const bool drips = GENERATE(false, true);
  Server server([=](const Received&, Peer& peer) {
    peer.write("HTTP/1.1 200 OK\r\nA: ");
    while (drips && peer.is_open() && !peer.gone()) peer.write("x");
    peer.hang();
  });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"timeout.total", "300"}})) == REPRISE_OK);
  const std::int64_t before_ns = Harness::now_ns();

  const Settled settled = host.send("k", "x");

  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(settled.kind == "timeout.total");
  REQUIRE(Harness::now_ns() - before_ns >= 300'000'000);
}

TEST_CASE("An answer just within timeout.total counts", "[webhook][fault]") {
  Server server([](const Received&, Peer& peer) {
    for (int i = 0; i < 10; ++i) REQUIRE_FALSE(peer.gone());
    peer.write(response(200));
  });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"timeout.total", "2000"}})) == REPRISE_OK);

  REQUIRE(host.send("k", "x").status == REPRISE_OK);
}

TEST_CASE("A record that is held long is detached from the source's memory", "[webhook][fault]") {
  Server server([](const Received&, Peer& peer) { peer.hang(); });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"timeout.total", "1500"}})) == REPRISE_OK);

  REQUIRE(host.send("k", "x").kind == "timeout.total");

  REQUIRE(host.detached == 1);
}

TEST_CASE("Nobody listening is retriable", "[webhook][fault]") {
  std::string url;
  {
    url = Server([](const Received&, Peer&) {}).url();
  }
  Harness host;
  REQUIRE(host.start(to(url)) == REPRISE_OK);

  const Settled settled = host.send("k", "x");

  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(settled.kind == "connect.refused");
}

TEST_CASE("A handshake that never comes ends at timeout.connect", "[webhook][fault]") {
  Server plain([](const Received&, Peer&) {});  // reads the hello for a head that never ends
  Harness host;
  REQUIRE(host.start(to("https://127.0.0.1:" + std::to_string(plain.port()) + "/", {{"timeout.connect", "200"}})) ==
          REPRISE_OK);

  const Settled settled = host.send("k", "x");

  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(settled.kind == "timeout.connect");
}

TEST_CASE("A name is resolved, and its other addresses are tried", "[webhook][fault]") {
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  REQUIRE(host.start(to("http://localhost:" + std::to_string(server.port()) + "/")) == REPRISE_OK);

  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  REQUIRE(server.received().at(0).header("host") == "localhost:" + std::to_string(server.port()));
}

TEST_CASE("A name that does not exist is retriable", "[webhook][fault]") {
  Harness host;
  REQUIRE(host.start(to("http://nobody.invalid:8080/", {{"timeout.connect", "20000"}, {"timeout.total", "20000"}})) ==
          REPRISE_OK);

  const Settled settled = host.wait_for(host.offer("k", "x"), 25s);

  INFO(settled.kind);
  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(settled.kind == "resolve.failed");
}

TEST_CASE("TLS delivers to the right name and takes sessions up again", "[webhook][fault][tls]") {
  const auto tls = make_certificate("localhost");
  const TemporaryFile ca(tls.certificate);
  Server server(
      [](const Received&, Peer& peer) {
        peer.write(response(200, "connection: close\r\n"));
        peer.close();
      },
      &tls);
  Harness host;
  REQUIRE(host.start(to("https://localhost:" + std::to_string(server.port()) + "/", {{"tls.ca", ca.path()}})) ==
          REPRISE_OK);

  for (int i = 0; i < 3; ++i) {
    const Settled settled = host.send("k", std::string(200'000, 'x'));
    INFO(settled.kind << ": " << settled.message);
    REQUIRE(settled.status == REPRISE_OK);
  }

  REQUIRE(server.received().at(2).body == std::string(200'000, 'x'));
  REQUIRE(server.resumed() >= 1);
}

TEST_CASE("TLS connections are kept", "[webhook][fault][tls]") {
  const auto tls = make_certificate("127.0.0.1", true);
  const TemporaryFile ca(tls.certificate);
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); }, &tls);
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"tls.ca", ca.path()}})) == REPRISE_OK);

  for (int i = 0; i < 20; ++i) REQUIRE(host.send("k", "x").status == REPRISE_OK);

  REQUIRE(server.connections() == 1);
}

TEST_CASE("A certificate that nobody vouches for gets nothing", "[webhook][fault][tls]") {
  const auto tls = make_certificate("localhost");
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); }, &tls);
  Harness host;
  REQUIRE(host.start(to("https://localhost:" + std::to_string(server.port()) + "/")) == REPRISE_OK);

  const Settled settled = host.send("k", "x");

  REQUIRE(settled.status == REPRISE_RETRIABLE);
  REQUIRE(settled.kind == "tls.handshake");
  REQUIRE(server.received().empty());
}
