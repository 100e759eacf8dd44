#include "host/rest/client.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "raw_client.hpp"

using namespace reprise::rest;
using namespace std::chrono_literals;

namespace {
Router echo_router() {
  Router router;
  router.add("POST", "/echo", [](const Request& request) {
    return json_response(201, request.body + "|" + std::string(request.header("content-type")));
  });
  router.add("GET", "/large", [](const Request&) { return json_response(200, std::string(4 << 20, 'x')); });
  router.add_async("GET", "/never", [keep = std::make_shared<std::vector<Responder>>()](Request, Responder respond) {
    keep->push_back(respond);
  });
  return router;
}
}  // namespace

TEST_CASE("The client asks a worker over its socket", "[rest][client]") {
  const Folder folder;
  Server server(echo_router(), {.socket_path = folder.path + "/s", .listen = {}, .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  const Client client(folder.path + "/s");

  const auto echoed = client.request("POST", "/echo", "{}", 10s);
  REQUIRE(echoed.ok());
  CHECK(echoed.value().status == 201);
  CHECK(echoed.value().body == "{}|application/json");
  CHECK(echoed.value().headers.at("content-type") == "application/json");
  const auto large = client.request("GET", "/large", "", 10s);
  REQUIRE(large.ok());
  CHECK(large.value().body.size() == 4 << 20);
  const auto missing = client.request("GET", "/none", "", 10s);
  REQUIRE(missing.ok());
  CHECK(missing.value().status == 404);
}

TEST_CASE("A socket's path may be longer than its address holds", "[rest][client]") {
  const Folder folder;
  const std::string deep = folder.path + "/" + std::string(150, 'd') + " with blanks";
  std::filesystem::create_directory(deep);
  Server server(echo_router(), {.socket_path = deep + "/control.sock", .listen = {}, .allowed_hosts = {}});
  REQUIRE(server.start().ok());

  CHECK(Client(deep + "/control.sock").request("GET", "/none", "", 10s).ok());
  server.stop();
  CHECK_FALSE(std::filesystem::exists(deep + "/control.sock"));
}

TEST_CASE("The client tells apart why there is no answer", "[rest][client]") {
  const Folder folder;
  const std::string path = folder.path + "/s";
  const auto kind = [&](const std::string& socket, const char* target, std::chrono::milliseconds deadline) {
    const auto result = Client(socket).request("GET", target, "", deadline);
    return result.ok() ? std::string("ok") : result.error().kind;
  };

  CHECK(kind(path, "/", 10s) == "control.absent");
  CHECK(kind(folder.path + "/" + std::string(200, 'n') + "/s", "/", 10s) == "control.absent");
  Server server(echo_router(), {.socket_path = path, .listen = {}, .allowed_hosts = {}});
  REQUIRE(server.start().ok());
  const auto start = std::chrono::steady_clock::now();
  CHECK(kind(path, "/never", 100ms) == "control.timeout");
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  std::filesystem::rename(path, path + ".kept");
  server.stop(50ms);
  std::filesystem::rename(path + ".kept", path);
  CHECK(kind(path, "/", 10s) == "control.refused");
}
