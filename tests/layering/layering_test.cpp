#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/layering/rules.hpp"
#include "tests/layering/source_tree.hpp"

using namespace reprise::layering;

namespace {

const SourceTree& our_tree() {
  static const SourceTree tree = read_tree(REPRISE_SOURCE_DIR);
  return tree;
}

std::string joined(const Findings& findings) {
  std::string text;
  for (const std::string& finding : findings) text += "\n  " + finding;
  return text;
}

/// A small tree that keeps every rule; tests break one at a time.
SourceTree a_tree() {
  SourceTree tree;
  const auto add = [&tree](const char* path, const char* text) { tree.files.push_back(parse_file(path, text)); };
  add("sdk/include/reprise/plugin.h", "#include <stdint.h>\n");
  add("lib/kafka/handles.hpp", "#pragma once\n#include <librdkafka/rdkafka.h>\n");
  add("host/base/README.md", "The bottom.\n");
  add("host/base/text.hpp", "#pragma once\n#include <string>\n");
  add("host/state/README.md", "Durable state.\n");
  add("host/state/store.hpp", "#pragma once\n#include \"host/base/text.hpp\"\n");
  add("host/state/rocks.hpp", "#pragma once\n#include <rocksdb/db.h>\n");
  add("host/runtime/README.md", "The record path.\n");
  add("host/runtime/scan.cpp", "#include <reprise/plugin.h>\n#include \"host/state/store.hpp\"\n");
  add("plugins/dedup/plugin.yaml", "id: dedup\n");
  add("plugins/dedup/README.md", "Drops copies.\n");
  add("plugins/dedup/src/plugin.cpp", "#include <reprise/plugin.h>\n");
  return tree;
}

SourceTree a_tree_with(const char* path, const std::string& text) {
  SourceTree tree = a_tree();
  tree.files.push_back(parse_file(path, text));
  return tree;
}

}  // namespace

#define REQUIRE_NONE(findings_expression)          \
  do {                                             \
    const Findings findings = findings_expression; \
    INFO(joined(findings));                        \
    REQUIRE(findings.empty());                     \
  } while (false)

TEST_CASE("Dependencies point one way", "[layering]") { REQUIRE_NONE(check_directions(our_tree())); }
TEST_CASE("Quoted includes are written from the root", "[layering]") {
  REQUIRE_NONE(check_quoted_includes(our_tree()));
}
TEST_CASE("A third-party library lives behind one part", "[layering]") { REQUIRE_NONE(check_third_party(our_tree())); }
TEST_CASE("No header shows its library to another part", "[layering]") {
  REQUIRE_NONE(check_private_headers(our_tree()));
}
TEST_CASE("Headers, folders and comments have their form", "[layering]") { REQUIRE_NONE(check_form(our_tree())); }

TEST_CASE("No file is over 400 lines without a reason", "[layering]") {
  const auto reasons = read_reasons(std::string(REPRISE_SOURCE_DIR) + "/tests/layering/long_files.txt");
  REQUIRE_NONE(check_lengths(our_tree(), reasons));
}

TEST_CASE("The checks read the real tree", "[layering]") {
  REQUIRE(our_tree().find("sdk/include/reprise/plugin.h") != nullptr);
  REQUIRE(our_tree().find("dev") != nullptr);
  const SourceFile* clock = our_tree().find("host/base/clock.cpp");
  REQUIRE(clock != nullptr);
  REQUIRE_FALSE(clock->includes.empty());
  REQUIRE(clock->includes.front().name == "host/base/clock.hpp");
}

TEST_CASE("A tree that keeps the rules has no findings", "[layering]") {
  REQUIRE_NONE(check_directions(a_tree()));
  REQUIRE_NONE(check_quoted_includes(a_tree()));
  REQUIRE_NONE(check_third_party(a_tree()));
  REQUIRE_NONE(check_private_headers(a_tree()));
  REQUIRE_NONE(check_lengths(a_tree(), {}));
  REQUIRE_NONE(check_form(a_tree()));
}

TEST_CASE("An include against the direction is found", "[layering]") {
  SECTION("a lower part includes a higher one") {
    const auto tree = a_tree_with("host/base/up.cpp", "\n#include \"host/state/store.hpp\"\n");
    REQUIRE(check_directions(tree) ==
            Findings{"host/base/up.cpp:2: host/base must not know host/state (host/state/store.hpp)"});
  }
  SECTION("host/base includes the SDK") {
    REQUIRE(check_directions(a_tree_with("host/base/up.cpp", "#include <reprise/plugin.h>\n")).size() == 1);
  }
  SECTION("a plugin includes the host") {
    REQUIRE(check_directions(a_tree_with("plugins/dedup/src/a.cpp", "#include \"host/base/text.hpp\"\n")).size() == 1);
  }
  SECTION("a plugin includes another plugin") {
    auto tree = a_tree_with("plugins/sink-webhook/src/a.hpp", "#pragma once\n");
    tree.files.push_back(parse_file("plugins/dedup/src/a.cpp", "#include \"plugins/sink-webhook/src/a.hpp\"\n"));
    REQUIRE(check_directions(tree).size() == 1);
  }
  SECTION("the library for Kafka includes the host") {
    REQUIRE(check_directions(a_tree_with("lib/kafka/a.cpp", "#include \"host/base/text.hpp\"\n")).size() == 1);
  }
  SECTION("a program of the field test shares code with the host") {
    REQUIRE(check_directions(a_tree_with("tests/field/checker.cpp", "#include \"host/base/text.hpp\"\n")).size() == 1);
  }
  SECTION("but the tests of a plugin may load it as the host does") {
    REQUIRE(check_directions(a_tree_with("plugins/dedup/tests/a.cpp", "#include \"host/base/text.hpp\"\n")).empty());
  }
  SECTION("a part that the house does not have") {
    REQUIRE(check_directions(a_tree_with("host/extras/a.cpp", "")).size() == 1);
  }
}

TEST_CASE("A library outside its part is found", "[layering]") {
  REQUIRE(check_third_party(a_tree_with("host/runtime/a.cpp", "#include <rocksdb/db.h>\n")) ==
          Findings{"host/runtime/a.cpp:1: <rocksdb/db.h> belongs behind host/state"});
  REQUIRE(check_third_party(a_tree_with("plugins/dedup/src/a.cpp", "#include <librdkafka/rdkafka.h>\n")).size() == 1);
  REQUIRE(check_third_party(a_tree_with("host/rest/a.cpp", "#include <boost/beast/http.hpp>\n")).empty());
  REQUIRE_FALSE(
      check_third_party(a_tree_with("plugins/sink-webhook/src/a.cpp", "#include <boost/beast/http.hpp>\n")).empty());
}

TEST_CASE("A library shown through headers is found", "[layering]") {
  SECTION("directly") {
    REQUIRE(check_private_headers(a_tree_with("host/runtime/a.cpp", "#include \"host/state/rocks.hpp\"\n")).size() ==
            1);
  }
  SECTION("through another header") {
    auto tree = a_tree_with("host/state/outer.hpp", "#pragma once\n#include \"host/state/rocks.hpp\"\n");
    tree.files.push_back(parse_file("host/runtime/a.cpp", "#include \"host/state/outer.hpp\"\n"));
    REQUIRE(check_private_headers(tree).size() == 1);
  }
  SECTION("not within the part itself, and not for lib/kafka") {
    auto tree = a_tree_with("host/state/a.cpp", "#include \"host/state/rocks.hpp\"\n");
    tree.files.push_back(parse_file("plugins/dedup/src/a.cpp", "#include \"lib/kafka/handles.hpp\"\n"));
    REQUIRE(check_private_headers(tree).empty());
  }
}

TEST_CASE("A quoted include that is not from the root is found", "[layering]") {
  REQUIRE(check_quoted_includes(a_tree_with("host/state/a.cpp", "#include \"store.hpp\"\n")).size() == 1);
  REQUIRE(check_directions(a_tree_with("host/base/a.cpp", "#include \"../state/store.hpp\"\n")).size() == 1);
}

TEST_CASE("A test may include a file beside it, but not one that is not there", "[layering]") {
  auto tree = a_tree_with("tests/unit/a.cpp", "#include \"a.hpp\"\n");
  REQUIRE(check_quoted_includes(tree).size() == 1);
  tree.files.push_back(parse_file("tests/unit/a.hpp", "#pragma once\n"));
  REQUIRE(check_quoted_includes(tree).empty());
}

TEST_CASE("A long file needs a reason, and a reason needs a long file", "[layering]") {
  const std::string text(kMaxLines + 1, '\n');

  const auto tree = a_tree_with("host/base/long.cpp", text);

  REQUIRE(check_lengths(tree, {}).size() == 1);
  REQUIRE(check_lengths(tree, {{"host/base/long.cpp", "a table"}}).empty());
  REQUIRE(check_lengths(a_tree(), {{"host/base/text.hpp", "short by now"}}).size() == 1);
  REQUIRE(check_lengths(a_tree(), {{"host/base/gone.cpp", "deleted"}}).size() == 1);
}

TEST_CASE("What lacks its form is found", "[layering]") {
  REQUIRE(check_form(a_tree_with("host/base/a.hpp", "int f();\n")).size() == 1);
  REQUIRE(check_form(a_tree_with("host/base/a.cpp", std::string("// TO") + "DO: later\n")).size() == 1);
  REQUIRE(check_form(a_tree_with("host/rest/a.cpp", "")) == Findings{"host/rest/README.md:1: is missing"});
  REQUIRE(check_form(a_tree_with("plugins/filter/src/a.cpp", "")).size() == 2);
}

TEST_CASE("A list of exceptions without reasons is refused", "[layering]") {
  const auto file = std::filesystem::temp_directory_path() / ("reprise_reasons_" + std::to_string(::getpid()));
  std::ofstream(file) << "# comment\nhost/a.cpp: one table\n";
  REQUIRE(read_reasons(file) == std::map<std::string, std::string>{{"host/a.cpp", "one table"}});
  std::ofstream(file) << "host/a.cpp\n";
  REQUIRE_THROWS_WITH(read_reasons(file), Catch::Contains("no reason in"));
  std::filesystem::remove(file);
}
