#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "host/base/result.hpp"

namespace reprise::config {

/// Cuts what is read piece by piece into lines. Holds a piece and the longest line of a text, never the text. Not thread-safe.
class LineReader {
 public:
  /// Fills the front of the buffer; 0: the end.
  using Read = std::function<Result<std::size_t>(std::span<char>)>;

  LineReader(Read read, std::size_t max_line_bytes);

  struct Line {
    std::string_view text;  ///< without its end; lent until the next call
    int number = 0;         ///< from 1
    bool is_whole = true;   ///< false: it is longer than allowed, and text is empty
  };
  /// The next line; none: the end. What stands behind the last line end is a line if it is not empty.
  Result<std::optional<Line>> next();

 private:
  Result<bool> read_more();
  std::optional<std::string_view> take_whole();

  const Read read_;
  const std::size_t max_line_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what is read and not yet taken
  int number_ = 0;
};

}  // namespace reprise::config
