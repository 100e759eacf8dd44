#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "hostile_heads.hpp"
#include "raw_client.hpp"

using namespace reprise::rest;
using namespace std::chrono_literals;

namespace {

/// A server on a free port that counts what reaches its handlers.
struct Target {
  explicit Target(ServerOptions options = {}) {
    Router router;
    router.add("GET", "/", [this](const Request&) { return ++handled, json_response(200, "{}"); });
    router.add_async("GET", "/later", [this](Request, Responder respond) {
      const std::lock_guard lock(mutex);
      unanswered.push_back(std::move(respond));
    });
    router.add("POST", "/echo", [this](const Request& request) { return ++handled, json_response(200, request.body); },
               {.max_body_bytes = 1000});
    options.listen = "127.0.0.1:0";
    server = std::make_unique<Server>(std::move(router), options);
    REQUIRE(server->start().ok());
  }
  ~Target() { server->stop(); }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  std::atomic<int> handled = 0;
  std::mutex mutex;
  std::vector<Responder> unanswered;  // of /later
  std::unique_ptr<Server> server;
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string kPost = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

}  // namespace

TEST_CASE("Every unsafe form of request is answered on the wire and the connection closed", "[rest][server][hostile]") {
  Target target;
  for (const HostileHead& hostile : hostile_heads()) {
    INFO(hostile.what);
    RawClient client(target.server->port());
    // What follows would be the smuggled request.
    client.send(hostile.bytes + kGet);

    const std::string answer = client.read_to_end();

    CHECK(status_of(answer) == hostile.status);
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(answer.find("\"error_code\":" + std::to_string(hostile.status)) != std::string::npos);
    CHECK(answer.find("HTTP/1.1 ", 8) == std::string::npos);
    CHECK(client.has_closed());
  }
  CHECK(target.handled == 0);
}

TEST_CASE("Every unsafe form of chunk is answered on the wire and the connection closed", "[rest][server][hostile]") {
  Target target;
  for (const HostileHead& hostile : hostile_chunks()) {
    INFO(hostile.what);
    RawClient client(target.server->port());
    client.send(kPost + "Transfer-Encoding: chunked\r\n\r\n");
    client.send(hostile.bytes + kGet);

    const std::string answer = client.read_to_end();

    CHECK(status_of(answer) == hostile.status);
    CHECK(answer.find("HTTP/1.1 ", 8) == std::string::npos);
    CHECK(client.has_closed());
  }
  CHECK(target.handled == 0);
}

TEST_CASE("A body beyond the route's limit is refused before it is read", "[rest][server][hostile]") {
  Target target;
  RawClient client(target.server->port());
  client.send(kPost + "Content-Length: 1001\r\n\r\n");

  CHECK(status_of(client.read_to_end()) == 413);
  CHECK(client.has_closed());
}

TEST_CASE("A stranger's host name, origin or content type is refused", "[rest][server][hostile]") {
  Target target;
  const auto ask = [&](const std::string& bytes) {
    RawClient client(target.server->port());
    client.send(bytes);
    return status_of(client.read_response());
  };

  CHECK(ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n") == 421);
  CHECK(ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nContent-Type: "
            "application/json\r\nContent-Length: 2\r\n\r\n{}") == 403);
  CHECK(ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}") ==
        415);
  CHECK(ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}") == 415);
  CHECK(target.handled == 0);
}

TEST_CASE("A header that drips is cut off at its deadline, whatever arrives in between", "[rest][server][hostile]") {
  Target target({.socket_path = {}, .listen = {}, .allowed_hosts = {}, .header_deadline = 300ms});
  RawClient client(target.server->port());
  const auto start = std::chrono::steady_clock::now();

  std::string answer;
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\n");
  while (answer.empty() && std::chrono::steady_clock::now() - start < 10s) {
    client.send("X: y\r\n");
    answer = client.read_response(50ms);
  }

  CHECK(status_of(answer) == 408);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  CHECK(target.handled == 0);
}

TEST_CASE("A body that drips is cut off at its deadline", "[rest][server][hostile]") {
  Target target({.socket_path = {}, .listen = {}, .allowed_hosts = {}, .body_deadline = 300ms});
  RawClient client(target.server->port());
  const auto start = std::chrono::steady_clock::now();

  std::string answer;
  client.send(kPost + "Content-Length: 999\r\n\r\n");
  while (answer.empty() && std::chrono::steady_clock::now() - start < 10s) {
    client.send("x");
    answer = client.read_response(50ms);
  }

  CHECK(status_of(answer) == 408);
  CHECK(target.handled == 0);
}

TEST_CASE("A connection that says nothing more is closed without a word", "[rest][server][hostile]") {
  Target target({.socket_path = {}, .listen = {}, .allowed_hosts = {}, .idle_deadline = 100ms});
  RawClient client(target.server->port());
  client.send(kGet);
  CHECK(status_of(client.read_response()) == 200);

  CHECK(client.read_to_end().empty());
  CHECK(client.has_closed());
}

TEST_CASE("A client that reads nothing is closed at the write deadline", "[rest][server][hostile]") {
  Router router;
  router.add("GET", "/", [](const Request&) { return json_response(200, std::string(32 << 20, 'x')); });
  Server server(std::move(router),
                {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}, .write_deadline = 200ms});
  REQUIRE(server.start().ok());
  RawClient client(server.port());
  client.send(kGet);

  const auto end = std::chrono::steady_clock::now() + 10s;
  bool was_there = false;
  while (std::chrono::steady_clock::now() < end && !(was_there && server.connections() == 0)) {
    was_there = was_there || server.connections() > 0;
    std::this_thread::yield();
  }

  CHECK(was_there);
  CHECK(server.connections() == 0);
}

TEST_CASE("Requests under way beyond the limit mean 503, and a place is free again later", "[rest][server][hostile]") {
  Target target({.socket_path = {}, .listen = {}, .allowed_hosts = {}, .max_connections = 2});
  {
    RawClient first(target.server->port());
    RawClient second(target.server->port());
    for (RawClient* client : {&first, &second}) client->send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto are_under_way = [&] { return std::lock_guard(target.mutex), target.unanswered.size() == 2; };
    for (const auto end = std::chrono::steady_clock::now() + 10s;
         !are_under_way() && std::chrono::steady_clock::now() < end;)
      std::this_thread::yield();
    REQUIRE(are_under_way());

    RawClient third(target.server->port());
    CHECK(status_of(third.read_response()) == 503);
    for (const Responder& respond : target.unanswered) respond(json_response(200, "{}"));
  }

  int status = 0;
  for (const auto end = std::chrono::steady_clock::now() + 10s;
       status != 200 && std::chrono::steady_clock::now() < end;) {
    RawClient later(target.server->port());
    later.send(kGet);
    status = status_of(later.read_response());
  }
  CHECK(status == 200);
}

TEST_CASE("One request may wait behind another, more close the connection", "[rest][server][hostile]") {
  Target target;
  RawClient client(target.server->port());
  client.send(kGet + kGet + kGet + kGet + kGet);

  CHECK(client.read_response().find("Connection: close") == std::string::npos);
  CHECK(client.read_response().find("Connection: close") == std::string::npos);
  CHECK(client.read_response().find("Connection: close") != std::string::npos);
  CHECK(client.read_to_end().empty());
  CHECK(target.handled == 3);
}
