#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "host/rest/message.hpp"

namespace reprise::rest {

struct RouteOptions {
  std::size_t max_body_bytes = 64 * 1024;
};

/// Which handler answers which method and path. Filled before the server starts, constant afterwards. A segment in braces
/// takes any value (`/replays/{id}`); a literal segment wins over it. A trailing slash is ignored.
class Router {
 public:
  /// REQUIRES: pattern starts with '/', and (method, pattern) is new.
  void add(std::string_view method, std::string_view pattern, Handler handler, RouteOptions options = {});
  void add_async(std::string_view method, std::string_view pattern, AsyncHandler handler, RouteOptions options = {});

  struct Match {
    const AsyncHandler* handler = nullptr;  ///< null: `refusal` is the answer
    RouteOptions options;
    std::map<std::string, std::string> params;
    Response refusal;  ///< 400 (bad encoding), 404, or 405 with Allow
  };
  /// Finds the handler for a path without query, as sent. HEAD is answered by GET's handler.
  Match match(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    AsyncHandler handler;
    RouteOptions options;
  };
  std::vector<Route> routes_;
};

}  // namespace reprise::rest
