#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace reprise::rest {

struct FramingLimits {
  std::size_t max_head_bytes = 8 * 1024;  ///< request line and fields with their line ends
  std::size_t max_fields = 100;
};

/// One header field; views into the head. The value is without surrounding blanks.
struct FieldView {
  std::string_view name;
  std::string_view value;
};

enum class BodyFraming { None, Length, Chunked };

/// What the guard says about a request's head. Views point into the bytes that were given.
struct FramingVerdict {
  int status = 0;           ///< 0: accepted; else the status to answer before the connection is closed
  std::string_view reason;  ///< why it is refused; a literal
  std::string_view method;
  std::string_view target;
  bool is_http_1_0 = false;
  bool wants_close = false;       ///< "Connection: close", or HTTP/1.0
  bool expects_continue = false;  ///< "Expect: 100-continue"
  BodyFraming framing = BodyFraming::None;
  std::uint64_t body_bytes = 0;  ///< for Length
  std::vector<FieldView> fields;

  bool is_accepted() const { return status == 0; }
};

/// The end of the head in bytes, after its empty line; 0 while it is incomplete.
std::size_t find_head_end(std::string_view bytes);

/// Judges a complete head (request line, fields, empty line). Pure; never reads outside `head`. Stricter than RFC 9112 asks
/// wherever two readers of the same bytes could disagree about where a request ends or whom it is for.
FramingVerdict check_head(std::string_view head, const FramingLimits& limits = {});

/// Judges the beginning of a head that has no end yet: refuses as soon as no continuation could be accepted (a bare line
/// feed, a foreign protocol, too many bytes); otherwise accepted with everything else empty.
FramingVerdict check_partial_head(std::string_view bytes, const FramingLimits& limits = {});

}  // namespace reprise::rest
