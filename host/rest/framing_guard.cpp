#include "host/rest/framing_guard.hpp"

#include <algorithm>

namespace reprise::rest {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kMaxMethodBytes = 32;
/// 18 digits cannot overflow 64 bits, and no body is that long.
constexpr std::size_t kMaxLengthDigits = 18;

FramingVerdict refused(int status, std::string_view reason) {
  FramingVerdict verdict;
  verdict.status = status;
  verdict.reason = reason;
  return verdict;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// RFC 9110, 5.6.2 tchar.
bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return is_digit(c) || is_letter(c) || kMarks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

bool equals(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Carriage returns and line feeds in pairs only, and no other control character but the tab. A carriage return at the
/// very end may still get its line feed when the head is incomplete.
bool has_clean_bytes(std::string_view bytes, bool is_partial) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte == '\r') {
      if (i + 1 == bytes.size()) return is_partial;
      if (bytes[i + 1] != '\n') return false;
      ++i;
    } else if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
      return false;
    }
  }
  return true;
}

FramingVerdict too_large(std::string_view bytes) {
  if (bytes.find(kLineEnd) != std::string_view::npos) return refused(431, "the header is too large");
  if (bytes.find(' ') > kMaxMethodBytes) return refused(400, "the method is too long");
  return refused(414, "the target is too long");
}

/// method SP target SP version, RFC 9112, 3; origin-form only.
FramingVerdict check_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  if (method_end == std::string_view::npos) return refused(400, "malformed request line");
  FramingVerdict verdict;
  verdict.method = line.substr(0, method_end);
  if (verdict.method.size() > kMaxMethodBytes || !is_token(verdict.method)) return refused(400, "malformed method");
  line.remove_prefix(method_end + 1);
  const std::size_t target_end = line.find(' ');
  if (target_end == std::string_view::npos) return refused(400, "malformed request line");
  verdict.target = line.substr(0, target_end);
  const std::string_view version = line.substr(target_end + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refused(400, "the protocol is not HTTP/1.1");
  if (verdict.target.empty() || verdict.target.front() != '/') return refused(400, "the target is not a path");
  for (const char c : verdict.target) {
    if (c <= 0x20 || c >= 0x7f || c == '#' || c == '\\')
      return refused(400, "the target holds a character that is not allowed");
  }
  verdict.is_http_1_0 = version == "HTTP/1.0";
  verdict.wants_close = verdict.is_http_1_0;
  return verdict;
}

/// Host names, addresses and a port; nothing that could be read as a path or as credentials.
bool is_host(std::string_view text) {
  constexpr std::string_view kMarks = "-._~:[]";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_digit(c) || is_letter(c) || kMarks.find(c) != std::string_view::npos;
  });
}

struct Framing {
  unsigned hosts = 0;
  unsigned lengths = 0;
  unsigned encodings = 0;
};

/// Takes what one field says about framing; false, with status and reason in `verdict`, when it must not be there.
bool take_field(FieldView field, Framing& seen, FramingVerdict& verdict) {
  const auto refuse = [&](int status, std::string_view reason) {
    verdict.status = status;
    verdict.reason = reason;
    return false;
  };
  if (equals(field.name, "host")) {
    if (++seen.hosts > 1) return refuse(400, "more than one Host");
    if (!is_host(field.value)) return refuse(400, "malformed Host");
  } else if (equals(field.name, "content-length")) {
    // Equal ones are refused as well: another reader may add, join or pick them differently.
    if (++seen.lengths > 1) return refuse(400, "more than one Content-Length");
    const std::string_view digits = field.value;
    if (digits.empty() || digits.size() > kMaxLengthDigits || !std::all_of(digits.begin(), digits.end(), is_digit)) {
      return refuse(400, "malformed Content-Length");
    }
    for (const char c : digits) verdict.body_bytes = verdict.body_bytes * 10 + static_cast<std::uint64_t>(c - '0');
  } else if (equals(field.name, "transfer-encoding")) {
    if (++seen.encodings > 1 || !equals(field.value, "chunked"))
      return refuse(400, "the only Transfer-Encoding is chunked");
  } else if (equals(field.name, "trailer")) {
    return refuse(400, "trailers are not accepted");
  } else if (equals(field.name, "expect")) {
    if (!equals(field.value, "100-continue")) return refuse(417, "the only expectation is 100-continue");
    verdict.expects_continue = true;
  } else if (equals(field.name, "connection") || equals(field.name, "proxy-connection")) {
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view option = without_blanks(rest.substr(0, comma));
      if (!option.empty() && !is_token(option)) return refuse(400, "malformed Connection");
      if (equals(option, "close")) verdict.wants_close = true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return true;
}

/// What the fields say together.
FramingVerdict conclude(const Framing& seen, FramingVerdict verdict) {
  if (seen.hosts == 0 && !verdict.is_http_1_0) return refused(400, "no Host");
  if (seen.encodings > 0) {
    if (seen.lengths > 0) return refused(400, "both Content-Length and Transfer-Encoding");
    if (verdict.is_http_1_0) return refused(400, "Transfer-Encoding in HTTP/1.0");
    verdict.framing = BodyFraming::Chunked;
  } else if (seen.lengths > 0 && verdict.body_bytes > 0) {
    verdict.framing = BodyFraming::Length;
  }
  if (verdict.framing != BodyFraming::None && (verdict.method == "GET" || verdict.method == "HEAD")) {
    return refused(400, "a body with GET or HEAD");
  }
  return verdict;
}

}  // namespace

std::size_t find_head_end(std::string_view bytes) {
  const std::size_t at = bytes.find(kHeadEnd);
  return at == std::string_view::npos ? 0 : at + kHeadEnd.size();
}

FramingVerdict check_head(std::string_view head, const FramingLimits& limits) {
  if (head.size() > limits.max_head_bytes) return too_large(head.substr(0, limits.max_head_bytes));
  if (find_head_end(head) != head.size() || head.empty()) return refused(400, "the header has no end");
  if (!has_clean_bytes(head, false)) return refused(400, "a control character in the header");

  std::string_view rest = head;
  const auto next_line = [&] {
    const std::size_t end = rest.find(kLineEnd);
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + kLineEnd.size());
    return line;
  };
  FramingVerdict verdict = check_request_line(next_line());
  if (!verdict.is_accepted()) return verdict;

  Framing seen;
  for (std::string_view line = next_line(); !line.empty(); line = next_line()) {
    if (verdict.fields.size() >= limits.max_fields) return refused(431, "too many header fields");
    const std::size_t colon = line.find(':');
    // A blank before the colon and a folded line are no tokens, so they end here as well.
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return refused(400, "malformed header field");
    const FieldView field{line.substr(0, colon), without_blanks(line.substr(colon + 1))};
    if (!take_field(field, seen, verdict)) return refused(verdict.status, verdict.reason);
    verdict.fields.push_back(field);
  }
  return conclude(seen, std::move(verdict));
}

FramingVerdict check_partial_head(std::string_view bytes, const FramingLimits& limits) {
  if (!has_clean_bytes(bytes, true)) return refused(400, "a control character in the header");
  if (bytes.size() >= limits.max_head_bytes) return too_large(bytes);
  const std::size_t line_end = bytes.find(kLineEnd);
  if (line_end != std::string_view::npos) {
    FramingVerdict verdict = check_request_line(bytes.substr(0, line_end));
    if (!verdict.is_accepted()) return verdict;
  }
  return {};
}

}  // namespace reprise::rest
