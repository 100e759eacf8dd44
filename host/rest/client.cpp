#include "host/rest/client.hpp"

#include <sys/socket.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <functional>
#include <optional>

#include "host/rest/unix_address.hpp"

namespace reprise::rest {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

constexpr std::uint64_t kMaxAnswerBytes = 64ULL << 20;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// One exchange on its own loop, run by the caller until it is done or time is up.
class Exchange {
 public:
  explicit Exchange(std::chrono::milliseconds deadline)
      : end_(std::chrono::steady_clock::now() + deadline), socket_(io_) {}

  /// What `begin` started, waited for; empty when time passed.
  std::optional<error_code> wait(const std::function<void(std::function<void(error_code)>)>& begin) {
    std::optional<error_code> result;
    io_.restart();
    begin([&result](error_code error) { result = error; });
    io_.run_until(end_);
    if (!result) {
      // The operation refers to this frame: end it before leaving.
      error_code ignored;
      socket_.close(ignored);
      io_.restart();
      io_.run();
      return std::nullopt;
    }
    return result;
  }
  Socket& socket() { return socket_; }

 private:
  std::chrono::steady_clock::time_point end_;
  asio::io_context io_{1};
  Socket socket_;
};

Error connect_error(const std::string& path, const error_code& error) {
  if (error.value() == ENOENT)
    return permanent("control.absent",
                     "no worker serves " + path + ": there is no such socket; start one with reprise worker");
  if (error.value() == ECONNREFUSED)
    return retriable("control.refused", "nobody answers on " + path + "; the worker that made it has ended");
  return retriable("control.broken", "cannot connect to " + path + ": " + error.message());
}

Error timeout_error(const std::string& path) {
  return retriable("control.timeout", "the worker on " + path + " did not answer in time");
}

}  // namespace

Result<ClientResponse> Client::request(std::string_view method, std::string_view target, std::string_view body,
                                       std::chrono::milliseconds deadline) const {
  auto address = UnixAddress::of(socket_path_);
  if (!address) {
    if (address.error().code == ENOENT)
      return connect_error(socket_path_, error_code(ENOENT, boost::system::system_category()));
    return address.error();
  }
  http::request<http::string_body> message;
  message.method_string({method.data(), method.size()});
  message.target({target.data(), target.size()});
  message.version(11);
  message.set(http::field::host, "localhost");
  message.set(http::field::connection, "close");
  message.set(http::field::accept, "application/json");
  if (!body.empty()) {
    message.set(http::field::content_type, "application/json");
    message.body() = body;
  }
  message.prepare_payload();

  Exchange exchange(deadline);
  const asio::generic::stream_protocol::endpoint endpoint(address->get(), address->size());
  const auto connected = exchange.wait([&](auto done) { exchange.socket().async_connect(endpoint, done); });
  if (!connected) return timeout_error(socket_path_);
  if (*connected) return connect_error(socket_path_, *connected);

  const auto written = exchange.wait([&](auto done) {
    http::async_write(exchange.socket(), message, [done](error_code error, std::size_t) { done(error); });
  });
  if (!written) return timeout_error(socket_path_);
  // A worker that refuses early may have closed its side already: its answer is worth reading all the same.

  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswerBytes);
  if (method == "HEAD") parser.skip(true);
  const auto read = exchange.wait([&](auto done) {
    http::async_read(exchange.socket(), buffer, parser, [done](error_code error, std::size_t) { done(error); });
  });
  if (!read) return timeout_error(socket_path_);
  if (*read)
    return retriable("control.broken",
                     "the answer of the worker on " + socket_path_ + " is not complete: " + read->message());

  ClientResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) {
    response.headers.insert_or_assign(lower({field.name_string().data(), field.name_string().size()}),
                                      std::string(field.value()));
  }
  response.body = std::move(parser.get().body());
  return response;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kMarks = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          kMarks.find(c) != std::string_view::npos;
    if (is_plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 0xF];
    }
  }
  return out;
}

}  // namespace reprise::rest
