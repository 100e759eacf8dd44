#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::webhook {

/// Reads one HTTP/1.1 response (RFC 9112) from bytes as they come, and keeps of it only what a verdict needs.
/// One per connection, re-used after reset(). Not thread-safe. It never sees more than one response: surplus bytes
/// are left to the caller, who must close the connection then.
class ResponseParser {
 public:
  struct Limits {
    std::size_t max_header_bytes = 16 * 1024;  ///< status line and headers, 1xx responses before it included
    std::size_t max_body_bytes = 64 * 1024;    ///< read to keep the connection; beyond it the connection is closed
  };
  enum class State : std::uint8_t {
    Head,    ///< the status is not known yet
    Body,    ///< the status is final, the rest is drained
    Done,    ///< the response is complete, or its body is not worth reading: see can_reuse()
    Failed,  ///< not a response: see failure()
  };

  explicit ResponseParser(const Limits& limits) : limits_(limits) {}

  void reset();
  /// Takes bytes in; returns how many belong to this response. Fewer than size: it ended, or failed.
  std::size_t feed(const char* data, std::size_t size);
  /// The peer closed. A response with a complete head counts as Done; otherwise Failed.
  void feed_end();

  State state() const { return state_; }
  bool has_head() const { return state_ == State::Body || state_ == State::Done; }
  /// REQUIRES: has_head(). 200 to 599, or 101.
  int status() const { return status_; }
  /// Value of Retry-After, cut at 64 bytes; empty: none.
  std::string_view retry_after() const { return {retry_after_, retry_after_size_}; }
  /// May another request follow on this connection? REQUIRES: state() == Done
  bool can_reuse() const { return can_reuse_; }
  /// The rule that was broken. REQUIRES: state() == Failed
  const char* failure() const { return failure_; }

 private:
  enum class Step : std::uint8_t { StatusLine, Header, Length, ChunkSize, ChunkData, ChunkEnd, Trailer, UntilClose };
  static constexpr int kMaxInterim = 8;  // 1xx responses before the final one

  bool fail(const char* why);
  bool take_line(std::string_view line);
  bool take_status_line(std::string_view line);
  bool take_header(std::string_view line);
  bool take_content_length(std::string_view value);
  bool take_chunk_size(std::string_view line);
  bool end_of_head();
  void finish(bool can_reuse);
  void skip_body(std::uint64_t size);
  std::size_t feed_line(const char* data, std::size_t size);
  std::size_t feed_body(std::size_t size);

  const Limits limits_;
  std::string line_;  // a line cut by the end of a read
  std::uint64_t remaining_ = 0;
  std::uint64_t content_length_ = 0;
  std::size_t head_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  const char* failure_ = nullptr;
  char retry_after_[64];
  std::size_t retry_after_size_ = 0;
  int status_ = 0;
  int interim_ = 0;
  State state_ = State::Head;
  Step step_ = Step::StatusLine;
  bool has_length_ = false;
  bool has_transfer_encoding_ = false;
  bool is_chunked_ = false;
  bool wants_close_ = false;
  bool wants_keep_alive_ = false;
  bool is_http_1_0_ = false;
  bool can_reuse_ = false;
};

}  // namespace reprise::webhook
