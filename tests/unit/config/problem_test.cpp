#include "host/config/problem.hpp"

#include <catch2/catch.hpp>

using namespace reprise::config;

TEST_CASE("A problem is shown as far as its place is known", "[config][problem]") {
  CHECK(format(Problem{{"a.yaml", 14, 7}, "connectors.x", "is wrong"}) == "a.yaml:14:7: connectors.x: is wrong");
  CHECK(format(Problem{{"a.yaml"}, "", "is empty"}) == "a.yaml: is empty");
  CHECK(format(Problem{{}, "url", "is wrong"}) == "url: is wrong");
}

TEST_CASE("All problems are thrown together, in the order of their places", "[config][problem]") {
  Problems problems;
  problems.add({"b.yaml", 1, 1}, "", "third");
  problems.add({"a.yaml", 9, 1}, "", "second");
  problems.add({"a.yaml", 2, 5}, "", "first");

  try {
    problems.throw_if_any();
    FAIL("nothing was thrown");
  } catch (const ConfigError& error) {
    CHECK(error.problems().size() == 3);
    CHECK(std::string(error.what()) == "a.yaml:2:5: first\na.yaml:9:1: second\nb.yaml:1:1: third");
  }
}

TEST_CASE("Thousands of problems are counted, not shown", "[config][problem]") {
  const ConfigError error(std::vector<Problem>(250, Problem{{"a.yaml", 1, 1}, "", "bad"}));

  CHECK_THAT(error.what(), Catch::EndsWith("and 150 more problems"));
}

TEST_CASE("No problem, nothing thrown", "[config][problem]") {
  Problems problems;

  CHECK_NOTHROW(problems.throw_if_any());
}

TEST_CASE("A problem is one line, whatever names the file holds", "[config][problem]") {
  Problems problems;
  problems.add({"a.yaml", 1, 1}, "connectors.a\nb", "environment variable \x1b[31mX is not \"set\"");

  CHECK_THROWS_WITH(problems.throw_if_any(),
                    "a.yaml:1:1: connectors.a\\nb: environment variable \\x1b[31mX is not \"set\"");
}
