// The SDK's example of a socket within a real worker: what its other side does is its connector's matter alone.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/contract/faulty_worker.hpp"

using Catch::Matchers::Contains;
using reprise::contract::FaultyWorker;

namespace {

/// The other side of sink-tcp-lines on loopback. It answers one connection after the other; before listen() it refuses them.
class Peer {
 public:
  /// What it says to a line, with the line's end; nullopt: it closes the connection. Empty: nothing.
  using Answer = std::function<std::optional<std::string>(int connection)>;

  explicit Peer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&here), size) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size);
    port_ = ntohs(here.sin_port);
  }
  ~Peer() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }

  void listen() {
    REQUIRE(::listen(listener_, 8) == 0);
    thread_ = std::thread([this] { serve_all(); });
  }
  std::string sink(const std::string& more = "") const {
    return "{plugin: sink-tcp-lines, address: \"127.0.0.1:" + std::to_string(port_) + "\"" + more + "}";
  }
  bool wait_for_line() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (lines().empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return !lines().empty();
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  bool wait_for(int fd) const {
    pollfd socket{.fd = fd, .events = POLLIN, .revents = 0};
    while (!is_stopping_) {
      if (::poll(&socket, 1, 10) > 0) return true;
    }
    return false;
  }

  void serve_all() {
    for (int number = 0; wait_for(listener_); ++number) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      serve(fd, number);
      ::close(fd);
    }
  }

  void serve(int fd, int number) {
    std::string input;
    char chunk[256];
    while (wait_for(fd)) {
      const ssize_t size = ::recv(fd, chunk, sizeof chunk, 0);
      if (size <= 0) return;
      input.append(chunk, static_cast<std::size_t>(size));
      for (std::size_t end = 0; (end = input.find('\n')) != std::string::npos; input.erase(0, end + 1)) {
        {
          const std::lock_guard lock(mutex_);
          lines_.push_back(input.substr(0, end));
        }
        const auto said = answer_(number);
        if (!said) return;
        if (::send(fd, said->data(), said->size(), MSG_NOSIGNAL) < 0) return;
      }
    }
  }

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> is_stopping_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // guarded by mutex_
  std::thread thread_;
};

// Has its connector `faulty` send there.
FaultyWorker& send_to(const std::string& sink, FaultyWorker& worker) {
  return worker.with_sink(sink)
      .with_worker_lines("  outgoing: {allow_cidrs: [127.0.0.0/8]}\n")
      .with_connector_lines("    errors: {retry: {initial: 10ms, max: 50ms}}\n");
}

}  // namespace

TEST_CASE("The example with a socket sends each value as a line", "[contract][worker][examples]") {
  Peer peer([](int) { return "ok\n"; });
  peer.listen();
  FaultyWorker worker("good_sink");
  send_to(peer.sink(), worker).start();

  worker.expect_delivered("faulty");

  CHECK(peer.lines() == std::vector<std::string>{"good", "good", "good"});
  worker.await_metric("example_tcp_lines_total{connector=\"faulty\",stage=\"sink\",task=\"0\"}", "3");
  worker.expect_unharmed();
  CHECK(worker.stop() == 0);
}

TEST_CASE("The example with a socket repeats what was not answered", "[contract][worker][examples]") {
  Peer peer([](int connection) { return connection < 3 ? std::nullopt : std::optional<std::string>("ok\n"); });
  peer.listen();
  FaultyWorker worker("good_sink");
  send_to(peer.sink(), worker).start();

  worker.expect_delivered("faulty");

  CHECK(peer.lines().size() >= 6);
  CHECK(worker.stop() == 0);
}

TEST_CASE("The example with a socket waits for an answer as long as it says, and holds nobody up",
          "[contract][worker][examples]") {
  Peer peer([](int connection) { return connection == 0 ? "" : "ok\n"; });
  peer.listen();
  FaultyWorker worker("good_sink");
  send_to(peer.sink(", timeout: 1500ms"), worker).start();

  worker.expect_delivered("healthy");  // on the same shard
  worker.expect_delivered("faulty");

  CHECK(peer.lines().size() >= 4);
  CHECK(worker.stop() == 0);
}

TEST_CASE("The example with a socket waits for a peer that is not there yet", "[contract][worker][examples]") {
  Peer peer([](int) { return "ok\n"; });
  FaultyWorker worker("good_sink");
  send_to(peer.sink(), worker).start();
  CHECK_THAT(worker.await("/health/live", "cannot connect"), Contains("faulty"));

  peer.listen();

  worker.expect_delivered("faulty");
  CHECK(peer.lines().size() == 3);
  CHECK(worker.stop() == 0);
}

TEST_CASE("The example with a socket gives up what it has under way when it is stopped",
          "[contract][worker][examples]") {
  Peer peer([](int) { return ""; });
  peer.listen();
  FaultyWorker worker("good_sink");
  send_to(peer.sink(", timeout: 1m"), worker).with_drain_deadline("1s").start();
  REQUIRE(peer.wait_for_line());

  CHECK(worker.stop() == 0);
}

TEST_CASE("The example with a socket goes nowhere without leave", "[contract][worker][examples]") {
  Peer peer([](int) { return "ok\n"; });
  peer.listen();
  FaultyWorker worker("good_sink");
  send_to(peer.sink(), worker).with_worker_lines("").start();

  CHECK_THAT(worker.await_log("task failed"),
             Contains("127.0.0.1 is loopback (127.0.0.0/8), which may not be reached"));
  CHECK(peer.lines().empty());
  worker.expect_unharmed();
  CHECK(worker.stop() == 0);
}
