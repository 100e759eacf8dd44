// field_http as scripts use it, against field_receiver.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <thread>

#include "tests/field/tests/harness.hpp"

using namespace field_test;

namespace {

/// Answers one connection with `text`, whatever it asks, and closes it.
class OneAnswer {
 public:
  explicit OneAnswer(std::string text) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    const timeval limit{10, 0};
    setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);  // accept() gives up as well
    thread_ = std::thread([this, answer = std::move(text)] {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      char buffer[4096];
      if (::recv(peer, buffer, sizeof buffer, 0) > 0)
        static_cast<void>(::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL));
      ::close(peer);
    });
  }
  ~OneAnswer() {
    thread_.join();
    ::close(listener_);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  int port = 0;

 private:
  int listener_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("field_http sums a metric over its labels", "[field][http]") {
  const std::string metrics =
      "# TYPE in_flight gauge\nin_flight{task=\"0\"} 20\nin_flight{task=\"1\"} 3\nin_flight_bytes{task=\"0\"} 999\nlag "
      "5\n";
  const auto half = metrics.substr(0, 40);
  const auto rest = metrics.substr(40);
  char first[16];
  char second[16];
  std::snprintf(first, sizeof first, "%zx", half.size());
  std::snprintf(second, sizeof second, "%zx", rest.size());

  SECTION("with a length") {
    OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(metrics.size()) + "\r\n\r\n" + metrics);
    CHECK(run("field_http", {"GET", "127.0.0.1:" + std::to_string(server.port) + "/metrics", "--metric", "in_flight"})
              .output == "23\n");
  }
  SECTION("in chunks") {
    OneAnswer server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(first) + "\r\n" + half +
                     "\r\n" + second + "\r\n" + rest + "\r\n0\r\n\r\n");
    CHECK(run("field_http", {"GET", "127.0.0.1:" + std::to_string(server.port) + "/metrics", "--metric", "in_flight"})
              .output == "23\n");
  }
  SECTION("and prints nothing for one that is not there") {
    OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(metrics.size()) + "\r\n\r\n" + metrics);
    CHECK(run("field_http", {"GET", "127.0.0.1:" + std::to_string(server.port) + "/metrics", "--metric", "flight"})
              .output.empty());
  }
}

TEST_CASE("field_http asks, waits for a condition and tells failure by its status", "[field][http]") {
  const TempDir folder;
  Program receiver("field_receiver", {"--ledger", folder.file("ledger"), "--port-file", folder.file("port")},
                   folder.file("output"));
  const std::string address = "127.0.0.1:" + lines_of(wait_for_file(folder.file("port"))).at(0);

  CHECK(run("field_http", {"GET", address + "/health"}).output == "{}\n");
  CHECK(run("field_http", {"PUT", address + "/control/1", "--body", "status 503"}).status == 0);
  CHECK(run("field_http", {"PUT", address + "/control/1", "--body", "nonsense"}).status == 1);
  CHECK(run("field_http", {"POST", address + "/hooks/1", "--body", "x"}).status == 1);
  CHECK(run("field_http", {"POST", address + "/hooks/2", "--body", "x"}).status == 0);
  CHECK(run("field_http", {"GET", address + "/control/stats", "--until", "\"requests\":2,", "--timeout", "5"}).status ==
        0);
  CHECK(
      run("field_http", {"GET", address + "/control/stats", "--until", "\"requests\":3,", "--timeout", "0.3"}).status ==
      1);
  CHECK(run("field_http", {"GET", "127.0.0.1:1/health", "--timeout", "0.3"}).status == 3);
}
