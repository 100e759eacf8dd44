#include "host/base/text.hpp"

#include <catch2/catch.hpp>
#include <filesystem>  // brings std::quoted into reach of argument-dependent look-up

using reprise::nearest;
using reprise::quoted;

TEST_CASE("A slip of the keyboard is recognised, another word is not", "[base][text]") {
  const std::string_view known[] = {"url", "tasks_max", "bootstrap_servers", "retention", "topics", "topic"};
  struct Case {
    std::string_view word, expected;
  };
  const auto c = GENERATE(values<Case>({{"urll", "url"},
                                        {"ulr", "url"},
                                        {"bootstrap.server", "bootstrap_servers"},
                                        {"tasksMax", "tasks_max"},
                                        {"Tasks-Max", "tasks_max"},
                                        {"retentoin", "retention"},
                                        {"topics", "topics"},
                                        {"Topic", "topic"},
                                        {"password", ""},
                                        {"x", ""},
                                        {"", ""}}));
  CAPTURE(c.word);

  CHECK(nearest(c.word, known) == c.expected);
}

TEST_CASE("A word of any length is compared without harm", "[base][text]") {
  const std::string long_word(100'000, 'a');
  const std::string_view known[] = {"url"};

  CHECK(nearest(long_word, known).empty());
  CHECK(nearest("url", std::vector<std::string_view>{long_word}).empty());
}

TEST_CASE("A quoted text cannot break its line or the terminal", "[base][text]") {
  CHECK(quoted("plain") == "\"plain\"");
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
  CHECK(quoted("a\nb\r\t\x1b[31m") == R"("a\nb\r\t\x1b[31m")");
  CHECK(quoted(std::string_view("\0x", 2)) == R"("\x00x")");
  CHECK(quoted("gr\xC3\xBC\xC3\x9F") == "\"gr\xC3\xBC\xC3\x9F\"");
  CHECK(quoted("\xFF\xC3") == R"("\xff\xc3")");
  CHECK(quoted("a\xE2\x80\xA8z") == R"("a\u2028z")");
  CHECK(quoted("a\xE2\x80\xAEz") == R"("a\u202ez")");
  CHECK(quoted("a\xC2\x85z") == R"("a\u0085z")");
}

TEST_CASE("A quoted text is cut between characters", "[base][text]") {
  CHECK(quoted("abcdef", 3) == "\"abc\"...");
  CHECK(quoted("ab\xC3\xBC", 3) == "\"ab\"...");
  CHECK(quoted("abc", 3) == "\"abc\"");
}

TEST_CASE("quoted means ours for every kind of text", "[base][text]") {
  std::string variable = "a\nb";
  const std::string constant = variable;

  CHECK("x " + quoted(variable) == "x \"a\\nb\"");
  CHECK("x " + quoted(constant) == "x \"a\\nb\"");
  CHECK("x " + quoted(variable.c_str()) == "x \"a\\nb\"");
}

TEST_CASE("Thousands are grouped", "[base][text]") {
  CHECK(reprise::with_thousands(0) == "0");
  CHECK(reprise::with_thousands(999) == "999");
  CHECK(reprise::with_thousands(1000) == "1,000");
  CHECK(reprise::with_thousands(12345678) == "12,345,678");
  CHECK(reprise::with_thousands(UINT64_MAX) == "18,446,744,073,709,551,615");
}

TEST_CASE("A split text has one part more than separators", "[base][text]") {
  using Parts = std::vector<std::string_view>;
  CHECK(reprise::split("a,b,,c", ',') == Parts{"a", "b", "", "c"});
  CHECK(reprise::split("", ',') == Parts{""});
  CHECK(reprise::split(",", ',') == Parts{"", ""});
}

TEST_CASE("White space is trimmed at both ends only", "[base][text]") {
  CHECK(reprise::trim(" \t a b\r\n") == "a b");
  CHECK(reprise::trim(" \n").empty());
  CHECK(reprise::trim("a") == "a");
}
