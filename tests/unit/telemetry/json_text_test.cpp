#include "host/telemetry/json_text.hpp"

#include <catch2/catch.hpp>

using namespace reprise::telemetry;

TEST_CASE("JSON strings escape what JSON wants escaped and stay valid", "[telemetry][json]") {
  CHECK(json_string("plain") == R"("plain")");
  CHECK(json_string("a\"b\\c\n\t\r") == R"("a\"b\\c\n\t\r")");
  CHECK(json_string(std::string_view("\x00\x1f\x7f", 3)) == R"("\u0000\u001f\u007f")");
  CHECK(json_string("\xc3\xa9") == "\"\xc3\xa9\"");
  CHECK(json_string("\xff"
                    "a\xc3") ==
        "\"\xEF\xBF\xBD"
        "a\xEF\xBF\xBD\"");
  CHECK(json_string("\xed\xa0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("JSON strings hold nothing that steers a terminal or reorders what is around it", "[telemetry][json]") {
  CHECK(json_string("\xc2\x9b"
                    "31m") == R"("\u009b31m")");        // CSI, as one character
  CHECK(json_string("\xe2\x80\xae") == R"("\u202e")");  // right-to-left override
  CHECK(json_string("\xe2\x80\xa8") == R"("\u2028")");  // line separator
  CHECK(json_string("\xe2\x82\xac") == "\"\xe2\x82\xac\"");
}

TEST_CASE("Text is cut between characters and says so", "[telemetry][json]") {
  CHECK(cut_text("abcdef", 6) == "abcdef");
  CHECK(cut_text("abcdefg", 6) == "abc...");
  CHECK(cut_text("ab\xc3\xa9xyz", 6) == "ab...");
  CHECK(cut_text("abcdefg", 2) == "..");
}
