#include "host/config/line_reader.hpp"

#include <cstring>
#include <utility>

namespace reprise::config {
namespace {
constexpr std::size_t kPiece = 256 * 1024;
}

LineReader::LineReader(Read read, std::size_t max_line_bytes)
    : read_(std::move(read)), max_line_bytes_(max_line_bytes), buffer_(max_line_bytes + 1 + kPiece, '\0') {}

Result<std::optional<LineReader::Line>> LineReader::next() {
  bool is_whole = true;
  std::optional<std::string_view> text;
  while (!(text = take_whole())) {
    if (end_ - begin_ > max_line_bytes_) {  // what is there of it is thrown away, and so is what follows
      is_whole = false;
      begin_ = end_;
    }
    const auto more = read_more();
    if (!more.ok()) return more.error();
    if (*more) continue;
    if (begin_ == end_ && is_whole) return std::optional<Line>();
    text = std::string_view(buffer_).substr(begin_, end_ - begin_);
    begin_ = end_;
    break;
  }
  is_whole = is_whole && text->size() <= max_line_bytes_;
  return std::optional<Line>({is_whole ? *text : std::string_view(), ++number_, is_whole});
}

// The line whose end has been read.
std::optional<std::string_view> LineReader::take_whole() {
  if (begin_ == end_) return std::nullopt;
  const char* const from = buffer_.data() + begin_;
  const auto* const line_end = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
  if (line_end == nullptr) return std::nullopt;
  const auto bytes = static_cast<std::size_t>(line_end - from);
  begin_ += bytes + 1;
  return std::string_view(from, bytes);
}

// False: there is no more.
Result<bool> LineReader::read_more() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const auto count = read_(std::span(buffer_).subspan(end_));
  if (!count.ok()) return count.error();
  end_ += *count;
  return *count > 0;
}

}  // namespace reprise::config
