// However bytes arrive, the decoder ends in the same state with the same body, within its limit; and what it accepts is
// what writing the chunks again would give.
#include "fuzz.hpp"
#include "host/rest/chunked_body.hpp"
#include "tests/unit/rest/hostile_heads.hpp"

using namespace reprise::rest;
using reprise::fuzz::check;

namespace {

constexpr std::size_t kLimit = 64;

struct Ending {
  ChunkedBody::State state = ChunkedBody::State::More;
  std::size_t used = 0;
  std::string body;
};

Ending decoded(std::string_view bytes, std::size_t step) {
  Ending ending;
  ChunkedBody body(kLimit);
  while (ending.used < bytes.size() && ending.state == ChunkedBody::State::More) {
    std::size_t consumed = 0;
    ending.state = body.feed(bytes.substr(ending.used, step), consumed);
    check(consumed > 0, "it takes something or ends");
    ending.used += consumed;
  }
  ending.body = body.body();
  return ending;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds{"5\r\nhello\r\n0\r\n\r\n", "1\r\na\r\n02\r\nbc\r\n0\r\n\r\nGET", "0\r\n\r\n",
                                 "3F\r\n" + std::string(63, 'x') + "\r\n1\r\ny\r\n0\r\n\r\n"};
  for (const HostileHead& hostile : hostile_chunks()) {
    if (hostile.bytes.size() < 1000) seeds.push_back(hostile.bytes);
  }
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = reprise::fuzz::as_text(data, size);
  const Ending whole = decoded(bytes, bytes.size() + 1);
  check(whole.body.size() <= kLimit, "the body stays within its limit");
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}}) {
    const Ending pieces = decoded(bytes, step);
    check(pieces.state == whole.state && pieces.used == whole.used && pieces.body == whole.body,
          "the pieces do not matter");
  }
  if (whole.state == ChunkedBody::State::Done) {
    check(bytes.substr(0, whole.used).ends_with("0\r\n\r\n"), "it ends with the last chunk");
  }
  return 0;
}
