#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reprise {

/// One character of a UTF-8 text.
struct Utf8Character {
  std::uint32_t code = 0;
  std::size_t size =
      0;  ///< bytes it takes; 0: the bytes there are not UTF-8 (RFC 3629: no overlong forms, no surrogates)
};

/// The character that begins at text[at]. REQUIRES: at < text.size()
Utf8Character decode_utf8(std::string_view text, std::size_t at);

/// Is code a control character, or one that changes how the text around it is shown (line separators, bidirectional marks)?
bool is_unprintable(std::uint32_t code);

/// Position of the first byte that is not UTF-8, npos if there is none.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace reprise
