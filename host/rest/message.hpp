#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::rest {

/// A request that has passed the framing guard. Everything is owned and decoded once.
struct Request {
  std::string method;
  std::string path;  ///< as sent, still encoded, without the query
  std::map<std::string, std::string>
      params;  ///< the {segments} of the route, decoded; at most 255 bytes each, not empty
  std::map<std::string, std::string> query;    ///< decoded; the last of equal names wins
  std::map<std::string, std::string> headers;  ///< names in lower case; values of equal names joined by ", "
  std::string body;
  bool is_local_socket = false;  ///< came over the Unix socket

  /// The parameter or header of this name, or empty.
  std::string_view param(const std::string& name) const { return find(params, name); }
  std::string_view header(const std::string& name) const { return find(headers, name); }

 private:
  static std::string_view find(const std::map<std::string, std::string>& map, const std::string& name) {
    const auto it = map.find(name);
    return it == map.end() ? std::string_view() : std::string_view(it->second);
  }
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>>
      headers;  ///< further ones; a name or value with a line end is dropped
};

Response json_response(int status, std::string body);
/// Kafka Connect's form: `{"error_code":404,"message":"..."}`.
Response error_response(int status, std::string_view message);
/// 204 without a body.
Response empty_response(int status = 204);

/// Answers one request, once, from any thread; later calls and calls after the connection has gone do nothing. A responder
/// whose copies all go without an answer answers 500. May outlive the server.
class Responder {
 public:
  /// For tests of handlers and for the server: `deliver` is called at most once, on the thread that answers.
  explicit Responder(std::function<void(Response)> deliver);

  void operator()(Response response) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

/// Runs on the server's thread and must not block it.
using Handler = std::function<Response(const Request&)>;
/// Runs on the server's thread too, and hands the work and the responder to another.
using AsyncHandler = std::function<void(Request, Responder)>;

}  // namespace reprise::rest
