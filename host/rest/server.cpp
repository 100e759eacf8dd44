#include "host/rest/server.hpp"

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/version.hpp>
#include <thread>
#include <unordered_map>

#include "host/rest/connection.hpp"
#include "host/rest/listener.hpp"
#include "host/rest/peer.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::rest {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

/// Long enough not to spin when the process has run out of descriptors, short enough not to be noticed otherwise.
constexpr std::chrono::milliseconds kAcceptPause{100};

/// One listening socket and the pause after a failed accept.
struct Door {
  Door(asio::io_context& io, const Listener& bound)
      : listener(bound), acceptor(io), pause(io), is_local_socket(bound.family == AF_UNIX) {
    acceptor.assign(Protocol(bound.family, 0), bound.fd);
  }
  Listener listener;
  Acceptor acceptor;
  asio::steady_timer pause;
  bool is_local_socket;
};

/// Whom a connection takes a place from.
struct Place {
  std::shared_ptr<Connection> connection;
  const Door* door;
  std::string peer;
};

}  // namespace

class Server::Impl {
 public:
  Impl(Router router, ServerOptions options) : router_(std::move(router)), options_(std::move(options)) {}

  Result<> bind() {
    if (loop_) return {};
    loop_ = std::make_shared<Loop>();
    is_stopping_ = false;
    auto opened = open_doors();
    if (!opened) unbind();
    return opened;
  }

  Result<> start() {
    if (thread_.joinable()) return {};
    if (auto bound = bind(); !bound) return bound;
    deadline_ = std::make_unique<asio::steady_timer>(loop_->io);
    for (const auto& door : doors_) accept(*door);
    thread_ = std::jthread([this] { run(); });
    return {};
  }

  void stop(std::chrono::milliseconds deadline) {
    if (!thread_.joinable()) return unbind();
    asio::post(loop_->io, [this, deadline] { begin_stop(deadline); });
    thread_.join();
    // The thread is gone, so what is left belongs to this one.
    const auto left = std::move(connections_);
    connections_.clear();
    for (const auto& [key, place] : left) place.connection->close();
    open_connections_ = 0;
    deadline_.reset();
    close_doors();
    // Cancelled operations hold their connection, which holds the loop: let them end, or none of them would ever go.
    loop_->io.restart();
    loop_->io.poll();
    loop_.reset();
  }

  void unbind() {
    close_doors();
    loop_.reset();
  }

  std::uint16_t port() const { return port_; }
  std::size_t connections() const { return open_connections_; }

 private:
  Result<> open_doors() {
    if (!options_.socket_path.empty()) {
      auto listener = listen_unix(options_.socket_path);
      if (!listener) return listener.error();
      doors_.push_back(std::make_unique<Door>(loop_->io, *listener));
    }
    if (!options_.listen.empty()) {
      auto listener = listen_tcp(options_.listen);
      if (!listener) return listener.error();
      port_ = listener->port;
      doors_.push_back(std::make_unique<Door>(loop_->io, *listener));
    }
    return {};
  }

  void close_doors() {
    for (const auto& door : doors_) {
      // The file first: whoever finds it must find somebody behind it.
      if (door->is_local_socket) remove_socket_file(options_.socket_path, door->listener);
    }
    doors_.clear();
    port_ = 0;
  }

  /// Runs until begin_stop() has let the last connection go, or its deadline has passed.
  void run() {
    const auto work = asio::make_work_guard(loop_->io);
    while (true) {
      try {
        loop_->io.run();
        return;
      } catch (const std::exception& error) {
        telemetry::error("the REST server's loop caught an exception and goes on",
                         {{"kind", "rest.loop"}, {"reason", error.what()}});
      }
    }
  }

  void accept(Door& door) {
    door.acceptor.async_accept([this, &door](error_code error, Protocol::socket socket) {
      if (is_stopping_) return;
      if (!error) {
        admit(std::move(socket), door);
        accept(door);
        return;
      }
      door.pause.expires_after(kAcceptPause);
      door.pause.async_wait([this, &door](error_code cancelled) {
        if (!cancelled && !is_stopping_) accept(door);
      });
    });
  }

  void admit(Protocol::socket socket, const Door& door) {
    const std::string peer = peer_of(socket.native_handle());
    const auto is_there = [&](const Place& place) { return place.door == &door; };
    const auto is_the_same = [&](const Place& place) { return place.door == &door && place.peer == peer; };
    if (!make_room(options_.max_connections_per_peer, is_the_same) || !make_room(options_.max_connections, is_there)) {
      // One try: a client that does not take it at once is closed without.
      constexpr std::string_view kFull =
          "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      error_code ignored;
      socket.non_blocking(true, ignored);
      socket.send(asio::buffer(kFull.data(), kFull.size()), 0, ignored);
      return;
    }
    auto connection = std::make_shared<Connection>(loop_, std::move(socket), door.is_local_socket, router_, options_,
                                                   [this](Connection* closed) { forget(closed); });
    connections_.emplace(connection.get(), Place{connection, &door, peer});
    open_connections_ = connections_.size();
    connection->start();
  }

  /// One more of these places may be taken, if need be after the one that has waited longest for its client was closed.
  template <class Belongs>
  bool make_room(std::size_t most, Belongs belongs) {
    std::size_t taken = 0;
    std::shared_ptr<Connection> waiting;
    for (const auto& [key, place] : connections_) {
      if (!belongs(place)) continue;
      ++taken;
      const auto since = place.connection->waits_since();
      if (since && (!waiting || *since < *waiting->waits_since())) waiting = place.connection;
    }
    if (taken < most) return true;
    if (waiting) waiting->close();
    return waiting != nullptr;
  }

  void forget(Connection* connection) {
    connections_.erase(connection);
    open_connections_ = connections_.size();
    if (is_stopping_ && connections_.empty()) loop_->io.stop();
  }

  void begin_stop(std::chrono::milliseconds deadline) {
    is_stopping_ = true;
    for (const auto& door : doors_) {
      error_code ignored;
      door->acceptor.cancel(ignored);
      door->pause.cancel();
    }
    const auto open = connections_;
    for (const auto& [key, place] : open) place.connection->finish();
    if (connections_.empty()) {
      loop_->io.stop();
      return;
    }
    deadline_->expires_after(deadline);
    deadline_->async_wait([this](error_code) { loop_->io.stop(); });
  }

  const Router router_;
  const ServerOptions options_;
  std::shared_ptr<Loop> loop_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> open_connections_{0};
  // The loop thread's own while it runs.
  bool is_stopping_ = false;
  std::unique_ptr<asio::steady_timer> deadline_;
  std::unordered_map<Connection*, Place> connections_;
  std::jthread thread_;
};

std::string boost_version() {
  return std::to_string(BOOST_VERSION / 100'000) + "." + std::to_string(BOOST_VERSION / 100 % 1'000) + "." +
         std::to_string(BOOST_VERSION % 100);
}

Server::Server(Router router, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(router), std::move(options))) {}
Server::~Server() { stop(); }
Result<> Server::bind() { return impl_->bind(); }
Result<> Server::start() { return impl_->start(); }
void Server::stop(std::chrono::milliseconds deadline) { impl_->stop(deadline); }
std::uint16_t Server::port() const { return impl_->port(); }
std::size_t Server::connections() const { return impl_->connections(); }

}  // namespace reprise::rest
