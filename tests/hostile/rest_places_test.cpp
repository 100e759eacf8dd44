#include <catch2/catch.hpp>
#include <chrono>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "host/rest/server.hpp"
#include "tests/unit/rest/raw_client.hpp"

using namespace reprise::rest;
using namespace std::chrono_literals;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

const std::string kLong = "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Both doors, with the limits that a user has.
struct Doors {
  explicit Doors(ServerOptions options = {}) {
    Router router;
    router.add("GET", "/", [](const Request&) { return json_response(200, "{}"); });
    router.add("POST", "/", [](const Request&) { return json_response(200, "{}"); });
    router.add_async("GET", "/long", [this](Request, Responder respond) {
      const std::lock_guard lock(mutex);
      unanswered.push_back(std::move(respond));
    });
    options.socket_path = socket;
    options.listen = "127.0.0.1:0";
    server = std::make_unique<Server>(std::move(router), options);
    REQUIRE(server->start().ok());
  }

  /// So many requests of /long have reached their handler, and none of them has an answer.
  bool long_requests(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < end) {
      if (const std::lock_guard lock(mutex); unanswered.size() == count) return true;
      std::this_thread::yield();
    }
    return false;
  }

  std::mutex mutex;
  std::vector<Responder> unanswered;
  const Folder folder;
  const std::string socket = folder.path + "/control.sock";
  std::unique_ptr<Server> server;
};

int ask(RawClient& client) {
  client.send(kGet);
  return status_of(client.read_response());
}

}  // namespace

TEST_CASE("Idle TCP connections take nobody's place, neither at the socket nor at the port", "[hostile][rest]") {
  Doors doors;
  std::list<RawClient> idle;
  for (int i = 0; i < 400; ++i) REQUIRE(idle.emplace_back(doors.server->port()).is_connected());

  RawClient control(doors.socket);
  CHECK(ask(control) == 200);
  RawClient scraper(doors.server->port());
  CHECK(ask(scraper) == 200);
}

TEST_CASE("Requests that never end take nobody's place, from however many addresses they come", "[hostile][rest]") {
  const std::string unfinished = GENERATE("G", "GET / HTTP/1.1\r\n",
                                          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                          "Content-Length: 2\r\n\r\n{");
  Doors doors;
  std::list<RawClient> slow;
  for (const char* from : {"127.0.0.2", "127.0.0.3"}) {
    for (int i = 0; i < 150; ++i) slow.emplace_back(doors.server->port(), from).send(unfinished);
  }

  RawClient control(doors.socket);
  CHECK(ask(control) == 200);
  RawClient stranger(doors.server->port(), "127.0.0.4");
  CHECK(ask(stranger) == 200);
  RawClient scraper(doors.server->port());
  CHECK(ask(scraper) == 200);
  RawClient neighbour(doors.server->port(), "127.0.0.2");
  CHECK(ask(neighbour) == 200);
}

TEST_CASE("All addresses of loopback are one peer", "[hostile][rest]") {
  Doors doors({.socket_path = {}, .listen = {}, .allowed_hosts = {}, .max_connections_per_peer = 2});
  RawClient first(doors.server->port(), "127.0.0.2");
  first.send(kLong);
  RawClient second(doors.server->port(), "127.0.0.3");
  second.send(kLong);
  REQUIRE(doors.long_requests(2));

  RawClient third(doors.server->port());
  CHECK(ask(third) == 503);
}

TEST_CASE("A connection must say something soon, and may rest after its first request", "[hostile][rest]") {
  Doors doors({.socket_path = {}, .listen = {}, .allowed_hosts = {}, .first_byte_deadline = 100ms});
  RawClient polite(doors.server->port());
  CHECK(ask(polite) == 200);
  RawClient silent(doors.server->port());

  CHECK(silent.read_to_end().empty());

  CHECK(silent.has_closed());
  CHECK(ask(polite) == 200);
}
