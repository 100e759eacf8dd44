#include "response_parser.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::webhook {
namespace {

constexpr std::size_t kMaxChunkLine = 256;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(), [](char a, char b) { return lower(a) == b; });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 9110, 5.6.2 tchar.
bool is_token_character(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
         (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Calls visit with each element of a comma separated list, trimmed.
template <class Visit>
void for_each_element(std::string_view list, Visit visit) {
  while (true) {
    const std::size_t comma = list.find(',');
    visit(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

bool has_control_character(std::string_view line) {
  return std::any_of(line.begin(), line.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

}  // namespace

void ResponseParser::reset() {
  line_.clear();
  remaining_ = content_length_ = body_bytes_ = 0;
  head_bytes_ = retry_after_size_ = 0;
  failure_ = nullptr;
  status_ = interim_ = 0;
  state_ = State::Head;
  step_ = Step::StatusLine;
  has_length_ = has_transfer_encoding_ = is_chunked_ = wants_close_ = wants_keep_alive_ = is_http_1_0_ = can_reuse_ =
      false;
}

bool ResponseParser::fail(const char* why) {
  // Once the head is complete the status counts; what is wrong with the body costs the connection only.
  if (has_head()) {
    finish(false);
  } else {
    state_ = State::Failed;
    failure_ = why;
  }
  return false;
}

void ResponseParser::finish(bool can_reuse) {
  state_ = State::Done;
  can_reuse_ = can_reuse;
}

std::size_t ResponseParser::feed(const char* data, std::size_t size) {
  std::size_t used = 0;
  while (used < size && (state_ == State::Head || state_ == State::Body)) {
    const bool is_in_body = step_ == Step::Length || step_ == Step::ChunkData || step_ == Step::UntilClose;
    used += is_in_body ? feed_body(size - used) : feed_line(data + used, size - used);
  }
  return used;
}

void ResponseParser::feed_end() {
  if (state_ == State::Body) finish(false);
  if (state_ == State::Head)
    fail(head_bytes_ == 0 && line_.empty() ? "the connection was closed without an answer"
                                           : "the connection was closed within the headers");
}

std::size_t ResponseParser::feed_line(const char* data, std::size_t size) {
  const void* found = std::memchr(data, '\n', size);
  const std::size_t used =
      found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - data) + 1 : size;
  const bool is_head = state_ == State::Head;
  if (is_head) {
    head_bytes_ += used;
    if (head_bytes_ > limits_.max_header_bytes) {
      fail("the headers are larger than response.max_header_bytes");
      return used;
    }
  } else {
    body_bytes_ += used;
    if (line_.size() + used > kMaxChunkLine || body_bytes_ > limits_.max_body_bytes) {
      finish(false);
      return used;
    }
  }
  if (found == nullptr) {
    line_.append(data, used);
    return used;
  }
  std::string_view line(data, used - 1);
  if (!line_.empty()) {
    line_.append(line);
    line = line_;
  }
  if (line.empty() || line.back() != '\r') {
    fail("a line does not end with CR LF");
    return used;
  }
  line.remove_suffix(1);
  if (has_control_character(line)) {
    fail("a header holds a control character");
    return used;
  }
  take_line(line);
  line_.clear();
  return used;
}

bool ResponseParser::take_line(std::string_view line) {
  switch (step_) {
    case Step::StatusLine:
      return take_status_line(line);
    case Step::Header:
      return line.empty() ? end_of_head() : take_header(line);
    case Step::ChunkSize:
      return take_chunk_size(line);
    case Step::ChunkEnd:
      if (!line.empty()) return fail("a chunk is longer than it says");
      step_ = Step::ChunkSize;
      return true;
    case Step::Trailer:
      if (line.empty()) finish(!wants_close_);
      return true;
    default:
      return fail("unreachable");
  }
}

bool ResponseParser::take_status_line(std::string_view line) {
  // HTTP/1.x SP 3DIGIT [SP reason]
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || (line[7] != '0' && line[7] != '1') || line[8] != ' ' ||
      !is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) || (line.size() > 12 && line[12] != ' ')) {
    return fail("the status line is not that of HTTP/1.1");
  }
  status_ = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (status_ < 100 || status_ > 599) return fail("the status is not between 100 and 599");
  is_http_1_0_ = line[7] == '0';
  step_ = Step::Header;
  return true;
}

bool ResponseParser::take_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return fail("a header has no name");
  const std::string_view name = line.substr(0, colon);
  if (!std::all_of(name.begin(), name.end(), is_token_character))
    return fail("a header's name holds a forbidden character");
  const std::string_view value = trim(line.substr(colon + 1));

  // The length is a cheap filter: most headers are none of these.
  switch (name.size()) {
    case 10:
      if (equals_ignoring_case(name, "connection")) {
        for_each_element(value, [this](std::string_view option) {
          if (equals_ignoring_case(option, "close")) wants_close_ = true;
          if (equals_ignoring_case(option, "keep-alive")) wants_keep_alive_ = true;
        });
      }
      return true;
    case 11:
      if (equals_ignoring_case(name, "retry-after")) {
        retry_after_size_ = std::min(value.size(), sizeof retry_after_);
        if (retry_after_size_ > 0) std::memcpy(retry_after_, value.data(), retry_after_size_);
      }
      return true;
    case 14:
      return equals_ignoring_case(name, "content-length") ? take_content_length(value) : true;
    case 17:
      if (equals_ignoring_case(name, "transfer-encoding")) {
        is_chunked_ = !has_transfer_encoding_ && equals_ignoring_case(value, "chunked");
        has_transfer_encoding_ = true;
      }
      return true;
    default:
      return true;
  }
}

bool ResponseParser::take_content_length(std::string_view value) {
  // RFC 9112, 6.3: a length that is not one number is an unrecoverable error.
  if (value.empty() || value.size() > 18 || !std::all_of(value.begin(), value.end(), is_digit))
    return fail("Content-Length is not a number");
  std::uint64_t length = 0;
  for (const char c : value) length = length * 10 + static_cast<std::uint64_t>(c - '0');
  if (has_length_ && length != content_length_) return fail("two different Content-Length headers");
  has_length_ = true;
  content_length_ = length;
  return true;
}

bool ResponseParser::end_of_head() {
  if (status_ < 200 && status_ != 101) {
    if (++interim_ > kMaxInterim) return fail("too many 1xx responses");
    // head_bytes_ goes on counting, so a flood of interim responses ends at the same limit.
    has_length_ = has_transfer_encoding_ = is_chunked_ = wants_close_ = wants_keep_alive_ = false;
    retry_after_size_ = 0;
    step_ = Step::StatusLine;
    return true;
  }
  if (is_http_1_0_ && !wants_keep_alive_) wants_close_ = true;
  state_ = State::Body;
  if (status_ == 101) {  // NOLINT(bugprone-branch-clone): the reasons differ
    finish(false);
  } else if (status_ == 204 || status_ == 304) {
    // RFC 9112, 6.3: they have no body. Who announces one may send it, and it would be taken for the next answer.
    finish(!wants_close_ && !has_transfer_encoding_ && (!has_length_ || content_length_ == 0));
  } else if (has_transfer_encoding_ && (has_length_ || !is_chunked_ || is_http_1_0_)) {
    // Two framings, an unknown one, or one that HTTP/1.0 does not have (RFC 9112, 6.1): where the body ends is a guess,
    // so nothing may follow it.
    finish(false);
  } else if (is_chunked_) {
    step_ = Step::ChunkSize;
  } else if (has_length_) {
    if (content_length_ == 0) {
      finish(!wants_close_);
    } else if (content_length_ > limits_.max_body_bytes) {
      finish(false);
    } else {
      skip_body(content_length_);
      step_ = Step::Length;
    }
  } else {
    wants_close_ = true;
    step_ = Step::UntilClose;
  }
  return true;
}

void ResponseParser::skip_body(std::uint64_t size) { remaining_ = size; }

std::size_t ResponseParser::feed_body(std::size_t size) {
  if (step_ == Step::UntilClose) {
    body_bytes_ += size;
    if (body_bytes_ > limits_.max_body_bytes) finish(false);
    return size;
  }
  const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, size));
  remaining_ -= used;
  body_bytes_ += used;
  if (body_bytes_ > limits_.max_body_bytes) {
    finish(false);
  } else if (remaining_ == 0) {
    if (step_ == Step::Length) {
      finish(!wants_close_);
    } else {
      step_ = Step::ChunkEnd;
    }
  }
  return used;
}

bool ResponseParser::take_chunk_size(std::string_view line) {
  const std::string_view digits = trim(line.substr(0, line.find(';')));
  if (digits.empty() || digits.size() > 8) return fail("a chunk's size is not a number");
  std::uint64_t size = 0;
  for (const char c : digits) {
    const char l = lower(c);
    if (is_digit(c)) {
      size = size * 16 + static_cast<std::uint64_t>(c - '0');
    } else if (l >= 'a' && l <= 'f') {
      size = size * 16 + static_cast<std::uint64_t>(l - 'a' + 10);
    } else {
      return fail("a chunk's size is not a number");
    }
  }
  if (size == 0) {
    step_ = Step::Trailer;
  } else {
    skip_body(size);
    step_ = Step::ChunkData;
  }
  return true;
}

}  // namespace reprise::webhook
