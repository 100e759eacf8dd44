#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace field {

/// One parsed HTTP/1.1 request. Views point into the buffer given to parse() (or into `unchunked`) and live as long as it.
struct Request {
  std::string_view method;
  std::string_view target;
  std::string_view body;
  std::string_view message_id;  ///< webhook-id; this and the next seven: empty when absent
  std::string_view timestamp;
  std::string_view signature;
  std::string_view attempt;
  std::string_view kind;
  std::string_view job_id;
  std::string_view epoch;
  bool keep_alive = true;
  std::size_t size = 0;  ///< bytes of the buffer that this request took
};

enum class Parse { Complete, NeedMore, Malformed };

/// Reads one request from the front of `buffer`; what follows it (pipelining) is left alone. A chunked body is put together in
/// `unchunked`, which the request's body then points to. Refuses heads above 64 KiB and bodies above 64 MiB.
Parse parse(std::string_view buffer, std::string& unchunked, Request& request);

}  // namespace field
