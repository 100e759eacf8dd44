#include "server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace field {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kGarbage = "\x16\x03\x01\0\xff\xfe nonsense \r\n\r\n\0\0 204"sv;
constexpr std::string_view kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";

std::string head(int status, std::size_t length, const std::string& header) {
  char code[8];
  std::snprintf(code, sizeof code, "%03d", status);
  std::string text = "HTTP/1.1 " + std::string(code) + " Field\r\n";
  if (!header.empty()) text += header + "\r\n";
  // RFC 9110, 8.6: no Content-Length with 1xx and 204.
  if (status >= 200 && status != 204) text += "Content-Length: " + std::to_string(length) + "\r\n";
  return text + "\r\n";
}

std::string answer(int status, const std::string& body) {
  return head(status, body.size(), "Content-Type: application/json") + body;
}

}  // namespace

Server::Server(Ledger* ledger, const Signatures& signatures, SSL_CTX* tls)
    : ledger_(ledger), signatures_(signatures), tls_(tls), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Server::~Server() {
  connections_.clear();
  if (listener_ >= 0) ::close(listener_);
  if (epoll_ >= 0) ::close(epoll_);
}

int Server::listen(int port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1024) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  return ntohs(address.sin_port);
}

void Server::run(int stop_file) {
  epoll_event stop{};
  stop.events = EPOLLIN;
  stop.data.fd = stop_file;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_file, &stop);
  std::array<epoll_event, 512> events{};
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      const int file = event.data.fd;
      if (file == stop_file) {
        if (ledger_ != nullptr) ledger_->flush();
        return;
      }
      if (file == listener_) {
        accept_all();
        continue;
      }
      const auto found = connections_.find(file);
      if (found == connections_.end()) continue;
      Connection& connection = *found->second;
      if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) {
        drop(file);
      } else {
        if ((event.events & EPOLLOUT) != 0) mark(connection);
        if ((event.events & EPOLLIN) != 0) on_readable(connection);
      }
    }
    run_timers();
    write_out();
  }
}

void Server::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int one = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    connections_[socket] = std::make_unique<Connection>(socket, next_id_++, tls_);
  }
}

void Server::on_readable(Connection& connection) {
  const auto state = connection.read();
  serve(connection);
  if (state == Connection::Io::Closed) {
    // What was asked for before the end is still answered; a client that waits for nothing is not kept.
    connection.close_when_written = true;
    if (connection.is_waiting || connection.is_endless) {
      drop(connection.socket());
    } else {
      mark(connection);
    }
  }
}

void Server::serve(Connection& connection) {
  std::size_t used = 0;
  while (!connection.is_waiting && !connection.is_endless && !connection.close_when_written) {
    Request request;
    const auto state = parse(std::string_view(connection.in).substr(used), unchunked_, request);
    if (state == Parse::NeedMore) break;
    if (state == Parse::Malformed) {
      connection.out += answer(400, "{\"error\":\"malformed request\"}\n");
      connection.close_when_written = true;
      mark(connection);
      break;
    }
    handle(connection, request);
    if (!request.keep_alive) connection.close_when_written = true;
    used += request.size;
    mark(connection);
  }
  connection.in.erase(0, used);
}

void Server::handle(Connection& connection, const Request& request) {
  static constexpr std::string_view kHooks = "/hooks/";
  static constexpr std::string_view kControl = "/control/";
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (path.starts_with(kHooks)) {
    deliver(connection, request, path.substr(kHooks.size()));
  } else if (path.starts_with(kControl)) {
    control(connection, request, path.substr(kControl.size()));
  } else {
    connection.out += answer(path == "/health" ? 200 : 404, "{}\n");
  }
}

void Server::deliver(Connection& connection, const Request& request, std::string_view webhook_path) {
  const std::string webhook(webhook_path);
  const Reaction reaction = behaviours_.next(webhook, request.kind);
  if (ledger_ == nullptr) {
    stats_.count_plain();
  } else {
    const int status = ledger_status(reaction);
    const char* signature = signatures_.check(webhook, request);
    ledger_->append(webhook, request, signature, status, reaction.plant);
    stats_.count(webhook, request.kind, signature, status, reaction.plant != Plant::Lost);
  }
  react(connection, reaction);
}

void Server::react(Connection& connection, const Reaction& reaction) {
  std::string& out = connection.out;
  switch (reaction.mode) {
    case Mode::Status:
      if (reaction.status == 204 && reaction.header.empty()) {
        out += kNoContent;
      } else {
        out += head(reaction.status, 0, reaction.header);
      }
      // A client is still owed a final answer after a 1xx, and it gets none.
      if (reaction.status >= 100 && reaction.status < 200) connection.is_waiting = true;
      break;
    case Mode::Reset:
      connection.reset_on_close();
      out.clear();
      connection.close_when_written = true;
      break;
    case Mode::Hang:
      connection.is_waiting = true;
      break;
    case Mode::Slow:
      connection.is_waiting = true;
      timers_.emplace(Clock::now() + std::chrono::milliseconds(reaction.delay_ms),
                      Timer{connection.socket(), connection.id(), head(reaction.status, 0, reaction.header), false});
      break;
    case Mode::Close:
      out += head(200, 1000, "");
      connection.close_when_written = true;
      break;
    case Mode::Garbage:
      out += kGarbage;
      connection.close_when_written = true;
      break;
    case Mode::Drip:
      connection.is_waiting = true;
      timers_.emplace(Clock::now(),
                      Timer{connection.socket(), connection.id(), "HTTP/1.1 204 No Content\r\nX-Drip: ", true});
      break;
    case Mode::HugeHeaders:
      out += "HTTP/1.1 204 No Content\r\n";
      for (int i = 0; i < 1024; ++i) out += "X-Filler-" + std::to_string(i) + ": " + std::string(1000, 'f') + "\r\n";
      out += "\r\n";
      break;
    case Mode::HugeBody:
      out += head(200, 10'000'000'000, "");
      connection.is_endless = true;
      break;
    case Mode::Surplus:
      out += kNoContent;
      out += kNoContent;
      break;
    case Mode::Flood:
      for (int i = 0; i < 100'000; ++i) out += "HTTP/1.1 100 Continue\r\n\r\n";
      connection.is_waiting = true;
      break;
  }
}

void Server::control(Connection& connection, const Request& request, std::string_view path) {
  const std::string webhook(path);
  if (request.method == "GET" && webhook == "stats") {
    connection.out += answer(200, stats_.json(timers_.size()));
  } else if (request.method == "GET" && webhook.rfind("stats/", 0) == 0) {
    connection.out += answer(200, stats_.json(webhook.substr(6)));
  } else if (request.method == "PUT") {
    if (ledger_ != nullptr) ledger_->release_late(webhook);
    const std::string problem = behaviours_.set(webhook, request.body);
    connection.out += problem.empty() ? answer(200, "{}\n") : answer(400, problem + "\n");
  } else {
    connection.out += answer(404, "{}\n");
  }
}

int Server::wait_ms() const {
  if (timers_.empty()) return 1000;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(timers_.begin()->first - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 1000));
}

void Server::run_timers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Timer timer = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    Connection* connection = find(timer.socket, timer.id);
    if (connection == nullptr) continue;
    mark(*connection);
    if (!timer.is_drip) {
      connection->out += timer.bytes;
      connection->is_waiting = false;
      serve(*connection);  // what was pipelined behind the slow request
      continue;
    }
    connection->out.push_back(timer.bytes.front());
    timer.bytes.erase(0, 1);
    if (timer.bytes.empty()) timer.bytes = "drip";
    timers_.emplace(now + std::chrono::seconds(1), std::move(timer));
  }
}

void Server::write_out() {
  if (ledger_ != nullptr) ledger_->flush();
  for (const auto& [socket, id] : dirty_) {
    if (Connection* connection = find(socket, id); connection != nullptr) flush(*connection);
  }
  dirty_.clear();
}

void Server::flush(Connection& connection) {
  if (connection.is_endless && connection.out.empty()) connection.out.assign(std::size_t{256} << 10, 'x');
  const auto state = connection.write();
  if (state == Connection::Io::Closed || (connection.out.empty() && connection.close_when_written)) {
    drop(connection.socket());
    return;
  }
  const bool wants = !connection.out.empty() || connection.is_endless;
  if (wants == connection.wants_writable) return;
  connection.wants_writable = wants;
  epoll_event event{};
  event.events = EPOLLIN | (wants ? static_cast<unsigned>(EPOLLOUT) : 0U);
  event.data.fd = connection.socket();
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket(), &event);
}

void Server::drop(int socket) { connections_.erase(socket); }

Connection* Server::find(int socket, std::uint64_t id) {
  const auto found = connections_.find(socket);
  return found != connections_.end() && found->second->id() == id ? found->second.get() : nullptr;
}

}  // namespace field
