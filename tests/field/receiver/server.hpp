#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "behaviour.hpp"
#include "connection.hpp"
#include "ledger.hpp"
#include "signatures.hpp"
#include "tls.hpp"

namespace field {

/// The receiver: one thread, one epoll loop. Paths: /hooks/<webhook id> takes deliveries, PUT /control/<webhook id or *> sets a
/// behaviour (Behaviours::set), GET /control/stats and /control/stats/<webhook id> tell counts, GET /health answers 200.
class Server {
 public:
  /// `ledger` and `tls` may be null: no ledger means that deliveries are counted and answered, and nothing else.
  Server(Ledger* ledger, const Signatures& signatures, SSL_CTX* tls);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens on 127.0.0.1; port 0 takes a free one. The port listened on, or 0 on failure (errno says why).
  int listen(int port);
  /// Serves until `stop_file` (a signalfd) is readable.
  void run(int stop_file);
  [[nodiscard]] const Stats& stats() const { return stats_; }

 private:
  using Clock = std::chrono::steady_clock;
  /// Something due later on a connection: the answer of a slow request, or the next byte of a drip.
  struct Timer {
    int socket = 0;
    std::uint64_t id = 0;
    std::string bytes;
    bool is_drip = false;
  };

  void accept_all();
  void on_readable(Connection& connection);
  void serve(Connection& connection);
  void handle(Connection& connection, const Request& request);
  void deliver(Connection& connection, const Request& request, std::string_view webhook_path);
  void react(Connection& connection, const Reaction& reaction);
  void control(Connection& connection, const Request& request, std::string_view path);
  void run_timers();
  void write_out();
  void flush(Connection& connection);
  void drop(int socket);
  Connection* find(int socket, std::uint64_t id);
  void mark(const Connection& connection) { dirty_.emplace_back(connection.socket(), connection.id()); }
  [[nodiscard]] int wait_ms() const;

  Ledger* ledger_;
  const Signatures& signatures_;
  SSL_CTX* tls_;
  Behaviours behaviours_;
  Stats stats_;
  int epoll_ = -1;
  int listener_ = -1;
  std::uint64_t next_id_ = 1;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::multimap<Clock::time_point, Timer> timers_;
  std::vector<std::pair<int, std::uint64_t>> dirty_;
  std::string unchunked_;
};

}  // namespace field
