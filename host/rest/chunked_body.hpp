#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::rest {

/// Decodes a chunked body strictly: sizes of 1 to 8 hexadecimal digits, CR LF everywhere, no extensions, no trailers
/// (both are ways to smuggle bytes past limits). Fed with whatever arrives; holds no input, only the decoded body. Pure.
class ChunkedBody {
 public:
  enum class State { More, Done, Refused, TooLarge };

  explicit ChunkedBody(std::size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  /// Takes bytes from the front of `bytes`, and says how many with `consumed`; it stops after the last chunk.
  State feed(std::string_view bytes, std::size_t& consumed);

  std::string& body() { return body_; }

 private:
  enum class Step { Size, SizeLineFeed, Data, DataReturn, DataLineFeed, EndReturn, EndLineFeed, Done };

  State take(char c);

  const std::size_t max_body_bytes_;
  Step step_ = Step::Size;
  std::uint64_t remaining_ = 0;
  unsigned digits_ = 0;
  std::string body_;
};

}  // namespace reprise::rest
