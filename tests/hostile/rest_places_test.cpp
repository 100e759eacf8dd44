#include <catch2/catch.hpp>
#include <list>
#include <string>

#include "host/rest/server.hpp"
#include "tests/unit/rest/raw_client.hpp"

using namespace reprise::rest;
using namespace std::chrono_literals;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Both doors, with the limits that a user has.
struct Doors {
  explicit Doors(ServerOptions options = {}) {
    Router router;
    router.add("GET", "/", [](const Request&) { return json_response(200, "{}"); });
    options.socket_path = socket;
    options.listen = "127.0.0.1:0";
    server = std::make_unique<Server>(std::move(router), options);
    REQUIRE(server->start().ok());
  }

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

TEST_CASE("Requests that never end leave places for the socket and for other peers", "[hostile][rest]") {
  Doors doors;
  std::list<RawClient> slow;
  for (int i = 0; i < 300; ++i) slow.emplace_back(doors.server->port()).send("GET / HTTP/1.1\r\n");
  // The last one is refused: its peer has all places that one peer may have.
  CHECK(status_of(slow.back().read_response()) == 503);

  RawClient control(doors.socket);
  CHECK(ask(control) == 200);
  RawClient other(doors.server->port(), "127.0.0.2");
  CHECK(ask(other) == 200);
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
