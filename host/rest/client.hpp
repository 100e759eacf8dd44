#pragma once
#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "host/base/result.hpp"

namespace reprise::rest {

struct ClientResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// Asks a worker over its Unix socket, one connection per request, blocking. For the command line. Thread-safe.
class Client {
 public:
  explicit Client(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// The whole exchange takes at most deadline. `body` is sent as JSON when not empty. `target` is path and query, encoded.
  /// Errors: "control.absent" (no socket there), "control.refused" (nobody answers on it), "control.timeout",
  /// "control.broken" (the answer ended early or is not HTTP). An HTTP status of 400 or more is not an error here.
  Result<ClientResponse> request(std::string_view method, std::string_view target, std::string_view body,
                                 std::chrono::milliseconds deadline) const;

 private:
  std::string socket_path_;
};

/// A path segment for a target: everything but unreserved characters is escaped.
std::string percent_encode(std::string_view text);

}  // namespace reprise::rest
