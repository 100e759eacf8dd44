#include "host/rest/server.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "raw_client.hpp"

using namespace reprise::rest;
using namespace std::chrono_literals;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

Router hello_router() {
  Router router;
  router.add("GET", "/",
             [](const Request& request) { return json_response(200, request.is_local_socket ? "local" : "tcp"); });
  router.add("POST", "/echo/{name}", [](const Request& request) {
    Response response =
        json_response(201, std::string(request.param("name")) + "|" + request.query.at("q") + "|" + request.body);
    response.headers.emplace_back("Location", "/echo/1");
    response.headers.emplace_back("X-Bad", "a\r\nInjected: yes");
    return response;
  });
  router.add("DELETE", "/echo/{name}", [](const Request&) { return empty_response(); });
  router.add("GET", "/throws", [](const Request&) -> Response { throw std::runtime_error("a secret"); });
  return router;
}

/// Waits until the claim holds or ten seconds have passed.
template <class Claim>
bool eventually(Claim claim) {
  for (const auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;
       std::this_thread::yield()) {
    if (claim()) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("One router is served on the socket and on loopback", "[rest][server]") {
  const Folder folder;
  const std::string path = folder.path + "/control.sock";
  Server server(hello_router(), {.socket_path = path, .listen = "127.0.0.1:0", .allowed_hosts = {}});
  REQUIRE(server.start().ok());

  RawClient local(path);
  RawClient tcp(server.port());
  local.send(kGet);
  tcp.send(kGet);

  CHECK(body_of(local.read_response()) == "local");
  CHECK(body_of(tcp.read_response()) == "tcp");
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  server.stop();
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_FALSE(RawClient(path).is_connected());
}

TEST_CASE("A connection serves many requests, with either framing", "[rest][server]") {
  Server server(hello_router(), {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  RawClient client(server.port());
  const std::string head = "POST /echo/a%2Fb?q=1+2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

  client.send(head + "Content-Length: 7\r\n\r\n{\"a\":1}");
  const std::string first = client.read_response();
  client.send(head + "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n");
  const std::string second = client.read_response();
  client.send("DELETE /echo/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string third = client.read_response();
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string fourth = client.read_to_end();

  CHECK(status_of(first) == 201);
  CHECK(body_of(first) == "a/b|1 2|{\"a\":1}");
  CHECK(first.find("Location: /echo/1\r\n") != std::string::npos);
  CHECK(first.find("Injected") == std::string::npos);
  for (const char* header :
       {"X-Content-Type-Options: nosniff\r\n", "Cache-Control: no-store\r\n", "frame-ancestors 'none'"}) {
    CHECK(first.find(header) != std::string::npos);
  }
  CHECK(body_of(second) == "a/b|1 2|{\"a\":1}");
  CHECK(status_of(third) == 204);
  CHECK(third.find("Content-Length") == std::string::npos);
  CHECK(third.find("Content-Type:") == std::string::npos);
  CHECK(fourth.find("Content-Length: 3\r\n") != std::string::npos);
  CHECK(body_of(fourth).empty());
  CHECK(client.has_closed());
}

TEST_CASE("A client that asks is told to go on with its body", "[rest][server]") {
  Server server(hello_router(), {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  RawClient client(server.port());

  client.send(
      "POST /echo/x?q= HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: "
      "100-continue\r\n\r\n");
  CHECK(client.read_response() == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");
  CHECK(body_of(client.read_response()) == "x||{}");
}

TEST_CASE("A handler that throws is a 500 without its words", "[rest][server]") {
  Server server(hello_router(), {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  RawClient client(server.port());

  client.send("GET /throws HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string answer = client.read_response();
  client.send(kGet);

  CHECK(status_of(answer) == 500);
  CHECK(answer.find("secret") == std::string::npos);
  CHECK(status_of(client.read_response()) == 200);
}

TEST_CASE("An answer may come later and from another thread, and holds up nobody", "[rest][server]") {
  std::mutex mutex;
  std::vector<Responder> waiting;
  Router router = hello_router();
  router.add_async("GET", "/later", [&](Request, Responder respond) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(respond));
  });
  Server server(std::move(router), {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  RawClient slow(server.port());
  RawClient quick(server.port());

  slow.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n");
  REQUIRE(eventually([&] { return std::lock_guard(mutex), !waiting.empty(); }));
  quick.send(kGet);
  CHECK(status_of(quick.read_response()) == 200);
  std::jthread([&] {
    const std::lock_guard lock(mutex);
    waiting.front()(json_response(202, "done"));
    waiting.front()(json_response(500, "twice"));
  }).join();

  CHECK(body_of(slow.read_response()) == "done");
}

TEST_CASE("A handler that never answers is a 504, and its late answer goes nowhere", "[rest][server]") {
  std::mutex mutex;
  std::vector<Responder> waiting;
  Router router;
  router.add_async("GET", "/", [&](Request, Responder respond) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(respond));
  });
  Server server(std::move(router),
                {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}, .handler_deadline = 100ms});
  REQUIRE(server.start().ok());
  RawClient client(server.port());

  client.send(kGet);
  const std::string answer = client.read_to_end();
  {
    const std::lock_guard lock(mutex);
    waiting.front()(json_response(200, "late"));
  }

  CHECK(status_of(answer) == 504);
  CHECK(client.has_closed());
}

TEST_CASE("A responder may outlive its server", "[rest][server]") {
  std::mutex mutex;
  std::vector<Responder> waiting;
  {
    Router router;
    router.add_async("GET", "/", [&](Request, Responder respond) {
      const std::lock_guard lock(mutex);
      waiting.push_back(std::move(respond));
    });
    Server server(std::move(router), {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}});
    REQUIRE(server.start().ok());
    RawClient client(server.port());
    client.send(kGet);
    REQUIRE(eventually([&] { return std::lock_guard(mutex), !waiting.empty(); }));
    const auto start = std::chrono::steady_clock::now();
    server.stop(100ms);
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    CHECK(client.read_to_end().empty());
  }
  waiting.front()(json_response(200, "{}"));
  waiting.clear();
}

TEST_CASE("stop lets answers under way finish", "[rest][server]") {
  std::mutex mutex;
  std::vector<Responder> waiting;
  Router router;
  router.add_async("GET", "/", [&](Request, Responder respond) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(respond));
  });
  Server server(std::move(router), {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  const std::uint16_t port = server.port();
  RawClient client(port);
  client.send(kGet);
  REQUIRE(eventually([&] { return std::lock_guard(mutex), !waiting.empty(); }));

  std::jthread stopper([&] { server.stop(10s); });
  REQUIRE(eventually([&] {
    // Stopping has begun when a new connection gets no answer any more.
    RawClient probe(port);
    probe.send("GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return status_of(probe.read_response(100ms)) != 404;
  }));
  waiting.front()(json_response(200, "finished"));

  const std::string answer = client.read_to_end();
  CHECK(body_of(answer) == "finished");
  CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE("A server starts and stops again and again, and stop may come first", "[rest][server]") {
  const Folder folder;
  Server server(hello_router(), {.socket_path = folder.path + "/s", .listen = {}, .allowed_hosts = {}});
  server.stop();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(server.start().ok());
    REQUIRE(server.start().ok());
    RawClient client(folder.path + "/s");
    client.send(kGet);
    CHECK(status_of(client.read_response()) == 200);
    server.stop();
    server.stop();
  }
}

TEST_CASE("A bound server has its port, answers when it is started, and leaves nothing if it never is",
          "[rest][server]") {
  const Folder folder;
  {
    Server server(hello_router(), {.socket_path = folder.path + "/s", .listen = "127.0.0.1:0", .allowed_hosts = {}});
    REQUIRE(server.bind().ok());
    const auto port = server.port();
    CHECK(port != 0);
    RawClient early(port);
    early.send(kGet);
    REQUIRE(server.start().ok());
    CHECK(server.port() == port);
    CHECK(status_of(early.read_response()) == 200);
    server.stop();
    REQUIRE(server.bind().ok());
  }
  CHECK_FALSE(std::filesystem::exists(folder.path + "/s"));
}

TEST_CASE("A socket somebody answers on is left alone, a dead one is replaced", "[rest][server]") {
  const Folder folder;
  const std::string path = folder.path + "/s";
  Server first(hello_router(), {.socket_path = path, .listen = {}, .allowed_hosts = {}});
  Server second(hello_router(), {.socket_path = path, .listen = {}, .allowed_hosts = {}});
  REQUIRE(first.start().ok());

  const auto refused = second.start();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == "rest.socket_in_use");

  std::filesystem::rename(path, path + ".kept");
  first.stop();
  std::filesystem::rename(path + ".kept", path);
  CHECK(second.start().ok());
  RawClient client(path);
  client.send(kGet);
  CHECK(status_of(client.read_response()) == 200);
}

TEST_CASE("A file that is no socket is not removed", "[rest][server]") {
  const Folder folder;
  std::ofstream(folder.path + "/s") << "precious";
  Server server(hello_router(), {.socket_path = folder.path + "/s", .listen = {}, .allowed_hosts = {}});

  const auto result = server.start();

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "rest.bind");
  CHECK(std::filesystem::is_regular_file(folder.path + "/s"));
}

TEST_CASE("Nothing but loopback is bound, and a failed start leaves nothing", "[rest][server]") {
  const Folder folder;
  for (const char* address :
       {"0.0.0.0:0", "192.0.2.1:80", "[::]:0", "localhost", "127.0.0.1:x", "127.0.0.1:70000", ":0", "example.com:80"}) {
    INFO(address);
    Server server(hello_router(), {.socket_path = folder.path + "/s", .listen = address, .allowed_hosts = {}});
    const auto result = server.start();
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().kind == "rest.not_loopback");
    CHECK_FALSE(std::filesystem::exists(folder.path + "/s"));
  }
}

TEST_CASE("A port in use is refused with the way out", "[rest][server]") {
  Server first(hello_router(), {.socket_path = {}, .listen = "127.0.0.1:0", .allowed_hosts = {}});
  REQUIRE(first.start().ok());
  Server second(hello_router(),
                {.socket_path = {}, .listen = "127.0.0.1:" + std::to_string(first.port()), .allowed_hosts = {}});

  const auto result = second.start();

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message.find("rest.listen") != std::string::npos);
}
