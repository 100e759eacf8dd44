#pragma once
#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/rest/chunked_body.hpp"
#include "host/rest/framing_guard.hpp"
#include "host/rest/server.hpp"

namespace reprise::rest {

/// The event loop, shared with responders, which may answer when the server has gone.
struct Loop {
  boost::asio::io_context io{1};
};

/// One client, one request at a time. Private to the server; everything runs on the loop's thread. Every wait has a
/// deadline. Owned by the server's set and by its pending operation.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  Connection(std::shared_ptr<Loop> loop, Socket socket, bool is_local_socket, const Router& router,
             const ServerOptions& options, std::function<void(Connection*)> on_closed);

  void start();
  /// Closes at once when no request is under way, otherwise after its answer.
  void finish();
  void close();
  /// Since when it waits for its client: to ask, to go on asking, to read the answer. None: a handler has the request.
  std::optional<std::chrono::steady_clock::time_point> waits_since() const {
    return phase_ == Phase::Handling ? std::nullopt : std::optional(phase_began_);
  }

 private:
  enum class Phase { Idle, Head, Body, Handling, Write, Linger, Closed };

  void read_head();
  void read_more(void (Connection::*then)());
  void on_head(std::size_t head_bytes);
  /// Fills request_ and finds its handler; false when it was answered already.
  bool accept_head(const FramingVerdict& verdict);
  void on_body_bytes();
  void dispatch();
  void on_response(std::uint64_t number, Response response);
  void write(const Response& response);
  void on_written();
  /// Answers and closes: after this nothing the client sends can be trusted to begin a request.
  void refuse(int status, std::string_view reason);
  void refuse(const Response& response);
  void linger();
  void on_deadline();
  void arm(Phase phase, std::chrono::milliseconds deadline);

  const std::shared_ptr<Loop> loop_;
  Socket socket_;
  boost::asio::steady_timer timer_;
  const bool is_local_socket_;
  const Router& router_;
  const ServerOptions& options_;
  const std::function<void(Connection*)> on_closed_;

  Phase phase_ = Phase::Idle;
  std::chrono::steady_clock::time_point phase_began_{};
  bool has_timed_out_ = false;
  bool wants_close_ = false;
  bool is_finishing_ = false;  ///< the server ends; nobody waits for the client any more
  unsigned served_ahead_ = 0;  ///< requests taken from in_ since the socket was last read: pipelined ones
  std::uint64_t request_number_ = 0;
  std::uint64_t timer_number_ = 0;
  std::size_t lingered_bytes_ = 0;
  std::array<char, 8192> chunk_{};
  std::string in_;
  std::string out_;
  Request request_;
  Router::Match match_;
  BodyFraming framing_ = BodyFraming::None;
  std::uint64_t body_bytes_ = 0;
  std::unique_ptr<ChunkedBody> chunked_;
};

}  // namespace reprise::rest
