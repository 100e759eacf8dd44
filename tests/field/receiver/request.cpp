#include "request.hpp"

#include <strings.h>

#include <charconv>

namespace field {
namespace {

constexpr std::size_t kMaxHead = std::size_t{64} << 10;
constexpr std::size_t kMaxBody = std::size_t{64} << 20;

bool same(std::string_view name, std::string_view expected) {
  return name.size() == expected.size() && strncasecmp(name.data(), expected.data(), name.size()) == 0;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool number(std::string_view text, int base, std::size_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

struct Framing {
  bool has_length = false;
  bool chunked = false;
  std::size_t length = 0;
};

/// Takes one header field over; false when framing headers contradict each other or are out of form.
bool take_header(std::string_view name, std::string_view value, Request& request, Framing& framing) {
  if (same(name, "content-length")) {
    if (framing.has_length || !number(value, 10, framing.length)) return false;
    framing.has_length = true;
  } else if (same(name, "transfer-encoding")) {
    if (!same(value, "chunked")) return false;
    framing.chunked = true;
  } else if (same(name, "connection")) {
    if (same(value, "close")) request.keep_alive = false;
  } else if (same(name, "webhook-id")) {
    request.message_id = value;
  } else if (same(name, "webhook-timestamp")) {
    request.timestamp = value;
  } else if (same(name, "webhook-signature")) {
    request.signature = value;
  } else if (same(name, "x-delivery-attempt")) {
    request.attempt = value;
  } else if (same(name, "x-delivery-kind")) {
    request.kind = value;
  } else if (same(name, "x-replay-job-id")) {
    request.job_id = value;
  } else if (same(name, "x-replay-epoch")) {
    request.epoch = value;
  }
  return !(framing.has_length && framing.chunked);
}

/// RFC 9112, 7.1. `used` gets the bytes of `rest` that the body took.
Parse read_chunks(std::string_view rest, std::string& body, std::size_t& used) {
  body.clear();
  std::size_t at = 0;
  for (;;) {
    const auto line_end = rest.find("\r\n", at);
    if (line_end == std::string_view::npos) return rest.size() - at > 1024 ? Parse::Malformed : Parse::NeedMore;
    std::string_view digits = rest.substr(at, line_end - at);
    digits = trim(digits.substr(0, digits.find(';')));
    std::size_t length = 0;
    if (!number(digits, 16, length) || body.size() + length > kMaxBody) return Parse::Malformed;
    at = line_end + 2;
    if (length == 0) break;
    if (rest.size() < at + length + 2) return Parse::NeedMore;
    body.append(rest.substr(at, length));
    if (rest.substr(at + length, 2) != "\r\n") return Parse::Malformed;
    at += length + 2;
  }
  for (;;) {  // trailers, up to the empty line
    const auto line_end = rest.find("\r\n", at);
    if (line_end == std::string_view::npos) return rest.size() - at > kMaxHead ? Parse::Malformed : Parse::NeedMore;
    const bool last = line_end == at;
    at = line_end + 2;
    if (last) break;
  }
  used = at;
  return Parse::Complete;
}

}  // namespace

Parse parse(std::string_view buffer, std::string& unchunked, Request& request) {
  const auto head_end = buffer.substr(0, kMaxHead).find("\r\n\r\n");
  if (head_end == std::string_view::npos) return buffer.size() >= kMaxHead ? Parse::Malformed : Parse::NeedMore;
  request = Request{};
  const std::string_view head = buffer.substr(0, head_end);

  const std::string_view line = head.substr(0, head.find("\r\n"));
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return Parse::Malformed;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  if (line.substr(last + 1) != "HTTP/1.1") return Parse::Malformed;

  Framing framing;
  for (std::size_t at = line.size() + 2; at < head.size();) {
    auto end = head.find("\r\n", at);
    if (end == std::string_view::npos) end = head.size();
    const std::string_view field = head.substr(at, end - at);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos || colon == 0) return Parse::Malformed;
    if (!take_header(field.substr(0, colon), trim(field.substr(colon + 1)), request, framing)) return Parse::Malformed;
    at = end + 2;
  }

  const std::string_view rest = buffer.substr(head_end + 4);
  std::size_t used = framing.length;
  if (framing.chunked) {
    const Parse body = read_chunks(rest, unchunked, used);
    if (body != Parse::Complete) return body;
    request.body = unchunked;
  } else {
    if (framing.length > kMaxBody) return Parse::Malformed;
    if (rest.size() < framing.length) return Parse::NeedMore;
    request.body = rest.substr(0, framing.length);
  }
  request.size = head_end + 4 + used;
  return Parse::Complete;
}

}  // namespace field
