#include "host/rest/connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <sstream>

#include "host/rest/request_checks.hpp"
#include "host/rest/target.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::rest {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::chrono::milliseconds kLingerDeadline{1000};
constexpr std::size_t kMaxLingerBytes = 256 * 1024;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// Beast reads the head as well. It never decides alone, but where it disagrees with the guard nobody should go on.
bool beast_agrees(std::string_view head, const FramingVerdict& verdict) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
  parser.body_limit(boost::none);
  error_code error;
  parser.put(asio::buffer(head.data(), head.size()), error);
  if (error || !parser.is_header_done()) return false;
  const auto& message = parser.get();
  return std::string_view(message.method_string()) == verdict.method &&
         std::string_view(message.target()) == verdict.target &&
         parser.chunked() == (verdict.framing == BodyFraming::Chunked) &&
         parser.content_length().value_or(0) == verdict.body_bytes;
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string to_bytes(const Response& response, bool is_head, bool closes) {
  http::response<http::empty_body> message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  const bool has_body = response.status >= 200 && response.status != 204 && response.status != 304;
  if (has_body) {
    message.set(http::field::content_length, std::to_string(response.body.size()));
    if (!response.content_type.empty() && is_one_line(response.content_type))
      message.set(http::field::content_type, response.content_type);
  }
  message.set("X-Content-Type-Options", "nosniff");
  message.set(http::field::cache_control, "no-store");
  message.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  for (const auto& [name, value] : response.headers) {
    if (is_one_line(name) && is_one_line(value)) message.set(name, value);
  }
  if (closes) message.set(http::field::connection, "close");
  std::ostringstream out;
  out << message.base();
  std::string bytes = std::move(out).str();
  if (has_body && !is_head) bytes += response.body;
  return bytes;
}

}  // namespace

Connection::Connection(std::shared_ptr<Loop> loop, Socket socket, bool is_local_socket, const Router& router,
                       const ServerOptions& options, std::function<void(Connection*)> on_closed)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      timer_(loop_->io),
      is_local_socket_(is_local_socket),
      router_(router),
      options_(options),
      on_closed_(std::move(on_closed)) {}

void Connection::start() {
  arm(Phase::Idle, options_.first_byte_deadline);
  read_head();
}

void Connection::finish() {
  wants_close_ = true;
  is_finishing_ = true;
  if (phase_ == Phase::Idle || phase_ == Phase::Linger) close();
}

void Connection::close() {
  if (phase_ == Phase::Closed) return;
  phase_ = Phase::Closed;
  ++timer_number_;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
  on_closed_(this);
}

void Connection::arm(Phase phase, std::chrono::milliseconds deadline) {
  phase_ = phase;
  phase_began_ = std::chrono::steady_clock::now();
  has_timed_out_ = false;
  timer_.expires_after(deadline);
  timer_.async_wait([self = weak_from_this(), number = ++timer_number_](error_code) {
    const auto connection = self.lock();
    // A wait that was replaced while its expiry was on the way has another number.
    if (connection && connection->timer_number_ == number) connection->on_deadline();
  });
}

void Connection::on_deadline() {
  if (phase_ == Phase::Handling) {
    ++request_number_;
    wants_close_ = true;
    write(error_response(504, "The request took too long"));
    return;
  }
  if (phase_ != Phase::Head && phase_ != Phase::Body) {
    close();
    return;
  }
  has_timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::read_more(void (Connection::*then)()) {
  // Cancelling reaches only what is pending: an operation that had just ended comes here after its deadline.
  if (has_timed_out_) {
    refuse(408, "the request did not arrive in time");
    return;
  }
  socket_.async_receive(asio::buffer(chunk_), [self = shared_from_this(), then](error_code error, std::size_t bytes) {
    if (self->phase_ == Phase::Closed) return;
    if (self->has_timed_out_) {
      self->refuse(408, "the request did not arrive in time");
      return;
    }
    if (error) {
      self->close();
      return;
    }
    self->served_ahead_ = 0;
    self->in_.append(self->chunk_.data(), bytes);
    (self.get()->*then)();
  });
}

void Connection::read_head() {
  if (!in_.empty()) {
    if (phase_ != Phase::Head) arm(Phase::Head, options_.header_deadline);
    if (const std::size_t head_bytes = find_head_end(in_); head_bytes > 0) {
      on_head(head_bytes);
      return;
    }
    const FramingVerdict verdict = check_partial_head(in_);
    if (!verdict.is_accepted()) {
      refuse(verdict.status, verdict.reason);
      return;
    }
  }
  read_more(&Connection::read_head);
}

void Connection::on_head(std::size_t head_bytes) {
  const std::string head = in_.substr(0, head_bytes);
  const FramingVerdict verdict = check_head(head);
  if (!verdict.is_accepted()) {
    refuse(verdict.status, verdict.reason);
    return;
  }
  if (!beast_agrees(head, verdict)) {
    refuse(400, "malformed request");
    return;
  }
  in_.erase(0, head_bytes);
  if (!accept_head(verdict)) return;
  if (framing_ == BodyFraming::None) {
    dispatch();
    return;
  }
  arm(Phase::Body, options_.body_deadline);
  if (verdict.expects_continue) {
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(out_), [self = shared_from_this()](error_code error, std::size_t) {
      if (self->phase_ == Phase::Closed) return;
      if (error) {
        self->close();
      } else {
        self->on_body_bytes();
      }
    });
    return;
  }
  on_body_bytes();
}

bool Connection::accept_head(const FramingVerdict& verdict) {
  request_ = Request{};
  request_.method = verdict.method;
  request_.is_local_socket = is_local_socket_;
  for (const FieldView& field : verdict.fields) {
    std::string& value = request_.headers[lower(field.name)];
    value += (value.empty() ? "" : ", ") + std::string(field.value);
  }
  framing_ = verdict.framing;
  body_bytes_ = verdict.body_bytes;
  wants_close_ = wants_close_ || verdict.wants_close || served_ahead_ > 1;

  const std::size_t mark = std::min(verdict.target.find('?'), verdict.target.size());
  request_.path = verdict.target.substr(0, mark);
  match_ = router_.match(request_.method, request_.path);
  auto query = parse_query(verdict.target.substr(std::min(mark + 1, verdict.target.size())));

  std::optional<Response> refusal = check_sender(request_);
  if (!refusal) refusal = check_host(request_, options_.allowed_hosts);
  if (!refusal) refusal = check_origin(request_);
  if (!refusal && !query) refusal = error_response(400, "The query is not correctly encoded");
  if (!refusal && match_.handler == nullptr) refusal = std::move(match_.refusal);
  if (!refusal && framing_ == BodyFraming::Length && body_bytes_ > match_.options.max_body_bytes) {
    refusal =
        error_response(413, "The body is larger than " + std::to_string(match_.options.max_body_bytes) + " bytes");
  }
  if (refusal) {
    // A body that nobody reads would be taken for the next request.
    if (framing_ != BodyFraming::None) wants_close_ = true;
    write(*refusal);
    return false;
  }
  request_.query = std::move(*query);
  request_.params = std::move(match_.params);
  chunked_ = framing_ == BodyFraming::Chunked ? std::make_unique<ChunkedBody>(match_.options.max_body_bytes) : nullptr;
  return true;
}

void Connection::on_body_bytes() {
  if (framing_ == BodyFraming::Length) {
    const auto taken =
        static_cast<std::size_t>(std::min<std::uint64_t>(body_bytes_ - request_.body.size(), in_.size()));
    request_.body.append(in_, 0, taken);
    in_.erase(0, taken);
    if (request_.body.size() == body_bytes_) {
      dispatch();
    } else {
      read_more(&Connection::on_body_bytes);
    }
    return;
  }
  std::size_t consumed = 0;
  const ChunkedBody::State state = chunked_->feed(in_, consumed);
  in_.erase(0, consumed);
  switch (state) {
    case ChunkedBody::State::More:
      read_more(&Connection::on_body_bytes);
      break;
    case ChunkedBody::State::Refused:
      refuse(400, "malformed chunked body; extensions and trailers are not accepted");
      break;
    case ChunkedBody::State::TooLarge:
      refuse(413, "the body is too large");
      break;
    case ChunkedBody::State::Done:
      request_.body = std::move(chunked_->body());
      dispatch();
      break;
  }
}

void Connection::dispatch() {
  if (auto refusal = check_content_type(request_)) {
    write(*refusal);
    return;
  }
  arm(Phase::Handling, options_.handler_deadline);
  Responder respond([loop = loop_, self = weak_from_this(), number = ++request_number_](Response response) {
    asio::post(loop->io, [self, number, response = std::move(response)]() mutable {
      if (const auto connection = self.lock()) connection->on_response(number, std::move(response));
    });
  });
  try {
    // The method is kept for the answer (HEAD); the rest is the handler's.
    Request request = std::move(request_);
    request_.method = request.method;
    (*match_.handler)(std::move(request), respond);
  } catch (const std::exception& error) {
    telemetry::error("a request's handler failed", {{"kind", "rest.handler"}, {"reason", error.what()}});
    respond(error_response(500, "Internal error"));
  }
}

void Connection::on_response(std::uint64_t number, Response response) {
  if (phase_ != Phase::Handling || number != request_number_) return;
  write(response);
}

void Connection::refuse(int status, std::string_view reason) {
  telemetry::debug("request refused", {{"status", status}, {"reason", reason}});
  refuse(error_response(status, reason));
}

void Connection::refuse(const Response& response) {
  wants_close_ = true;
  in_.clear();
  write(response);
}

void Connection::write(const Response& response) {
  arm(Phase::Write, options_.write_deadline);
  out_ = to_bytes(response, request_.method == "HEAD", wants_close_);
  asio::async_write(socket_, asio::buffer(out_), [self = shared_from_this()](error_code error, std::size_t) {
    if (self->phase_ == Phase::Closed) return;
    if (error) {
      self->close();
    } else {
      self->on_written();
    }
  });
}

void Connection::on_written() {
  out_ = {};
  if (is_finishing_) {
    close();
    return;
  }
  if (wants_close_) {
    linger();
    return;
  }
  if (in_.empty()) {
    arm(Phase::Idle, options_.idle_deadline);
  } else {
    ++served_ahead_;
    arm(Phase::Head, options_.header_deadline);
  }
  request_ = {};
  read_head();
}

void Connection::linger() {
  // Closing with unread bytes sends a reset, which can destroy the answer before the client has read it.
  if (phase_ != Phase::Linger) {
    error_code error;
    socket_.shutdown(Socket::shutdown_send, error);
    in_.clear();
    arm(Phase::Linger, kLingerDeadline);
  }
  lingered_bytes_ += in_.size();
  in_.clear();
  if (lingered_bytes_ > kMaxLingerBytes) {
    close();
    return;
  }
  read_more(&Connection::linger);
}

}  // namespace reprise::rest
