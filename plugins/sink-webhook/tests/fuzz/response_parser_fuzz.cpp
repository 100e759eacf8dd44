// The response parser on foreign bytes, whole and split. The first byte says where the split is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "response_parser.hpp"

using reprise::webhook::ResponseParser;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  const char* text = reinterpret_cast<const char*>(data) + 1;
  --size;
  const ResponseParser::Limits limits{.max_header_bytes = 1024, .max_body_bytes = 4096};

  ResponseParser whole(limits);
  whole.reset();
  std::size_t used_whole = whole.feed(text, size);
  ResponseParser split(limits);
  split.reset();
  std::size_t used_split = 0;
  while (used_split < size &&
         (split.state() == ResponseParser::State::Head || split.state() == ResponseParser::State::Body)) {
    const std::size_t offered = piece < size - used_split ? piece : size - used_split;
    const std::size_t used = split.feed(text + used_split, offered);
    if (used > offered) std::abort();
    used_split += used;
  }
  if (used_whole > size) std::abort();
  // How a response is cut into reads must not change what it means. (Beyond a limit only where it stops may differ.)
  if (whole.has_head() && split.has_head() && whole.status() != split.status()) std::abort();
  if (whole.has_head() && (whole.status() < 101 || whole.status() > 599)) std::abort();
  whole.feed_end();
  split.feed_end();
  return 0;
}
