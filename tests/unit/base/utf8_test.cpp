#include "host/base/utf8.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace std::string_view_literals;

TEST_CASE("UTF-8 is decoded by RFC 3629", "[base][utf8]") {
  struct Case {
    std::string_view bytes;
    std::uint32_t code;
    std::size_t size;
  };
  const auto c = GENERATE(values<Case>({{"a", 'a', 1},
                                        {"\xC3\xBC", 0xFC, 2},
                                        {"\xE2\x82\xAC", 0x20AC, 3},
                                        {"\xF0\x9F\x98\x80", 0x1F600, 4},
                                        {"\xF4\x8F\xBF\xBF", 0x10FFFF, 4},
                                        {"\x80", 0, 0},              // continuation without a start
                                        {"\xC3", 0, 0},              // cut
                                        {"\xC0\xAF", 0, 0},          // overlong /
                                        {"\xE0\x80\xAF", 0, 0},      // overlong /
                                        {"\xF0\x80\x80\xAF", 0, 0},  // overlong /
                                        {"\xED\xA0\x80", 0, 0},      // surrogate
                                        {"\xF4\x90\x80\x80", 0, 0},  // beyond U+10FFFF
                                        {"\xFF", 0, 0}}));

  const auto character = reprise::decode_utf8(c.bytes, 0);

  CHECK(character.code == c.code);
  CHECK(character.size == c.size);
}

TEST_CASE("The first byte that is not UTF-8 is found", "[base][utf8]") {
  CHECK(reprise::find_invalid_utf8("gr\xC3\xBC\xC3\x9F") == std::string_view::npos);
  CHECK(reprise::find_invalid_utf8("ab\xE9z") == 2);
  CHECK(reprise::find_invalid_utf8("\xFF\xFE"sv) == 0);
}
