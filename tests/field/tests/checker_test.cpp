// field_checker as a program: what it reads, prints and ends with.
#include <catch2/catch.hpp>

#include "tests/field/common/digest.hpp"
#include "tests/field/tests/harness.hpp"

using namespace field_test;

namespace {

std::string truth_line(const std::string& event, const std::string& webhook, long time_ms, long offset) {
  return event + "\t" + webhook + "\t" + std::to_string(time_ms) + "\t" + field::hex(field::sha256(event)) +
         "\t0\t0\t" + std::to_string(offset) + "\n";
}

std::string ledger_line(const std::string& event, const std::string& webhook, const std::string& signature = "ok") {
  return "1\t1\t" + webhook + "\t" + event + "\t" + field::hex(field::sha256(event)) + "\tmsg_1\t1\tlive\t-\t-\t" +
         signature + "\t204\n";
}

struct Files {
  TempDir folder;
  std::string truth = folder.file("truth");
  std::string ledger = folder.file("ledger");
  std::string lines;
  Files() {
    std::string text = "#comment\n";
    for (int i = 0; i < 100; ++i) {
      text += truth_line("evt-" + std::to_string(i), "7", 1000 + i, i);
      lines += ledger_line("evt-" + std::to_string(i), "7");
    }
    write_file(truth, text);
  }
  [[nodiscard]] Result check(const std::vector<std::string>& more = {}) const {
    write_file(ledger, lines);
    std::vector<std::string> arguments{"--mode", "live", "--truth", truth, "--ledger", ledger};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("field_checker", arguments);
  }
};

}  // namespace

TEST_CASE("The checker passes a complete ledger", "[field][checker]") {
  const Files files;

  const auto result = files.check();

  CHECK(result.status == 0);
  CHECK(result.has_line("events 100"));
  CHECK(result.has_line("phantom 0"));
  CHECK(result.has_line("duplicates 0 (bound 0)"));
  CHECK(result.has_line("bad signatures 0"));
  CHECK(result.last_line() == "lost 0");
}

TEST_CASE("The checker finds what is planted", "[field][checker]") {
  Files files;
  const std::string victim = ledger_line("evt-55", "7");

  SECTION("a loss") {
    files.lines.erase(files.lines.find(victim), victim.size());
    const auto result = files.check();
    CHECK(result.status == 1);
    CHECK(result.last_line() == "lost 1");
    CHECK(result.output.find("missing: webhook 7 event evt-55 at partition 0 offset 55") != std::string::npos);
  }
  SECTION("a phantom") {
    files.lines += ledger_line("evt-1000", "7");
    const auto result = files.check();
    CHECK(result.status == 1);
    CHECK(result.has_line("phantom 1"));
  }
  SECTION("duplicates beyond the bound, and not those within it") {
    files.lines += victim + victim;
    CHECK(files.check({"--max-duplicates", "1"}).status == 1);
    const auto result = files.check({"--max-duplicates", "2"});
    CHECK(result.status == 0);
    CHECK(result.has_line("duplicates 2 (bound 2)"));
  }
  SECTION("a bad signature") {
    files.lines.replace(files.lines.find(victim), victim.size(), ledger_line("evt-55", "7", "bad"));
    const auto result = files.check();
    CHECK(result.status == 1);
    CHECK(result.has_line("bad signatures 1"));
  }
  SECTION("an absent signature, where one is required") {
    files.lines.replace(files.lines.find(victim), victim.size(), ledger_line("evt-55", "7", "absent"));
    CHECK(files.check().status == 0);
    CHECK(files.check({"--require-signatures"}).status == 1);
  }
}

TEST_CASE("The checker does not pass what it cannot judge", "[field][checker]") {
  Files files;
  CHECK(files.check({"--webhook", "8"}).status == 1);  // nothing in scope
  CHECK(files.check({"--colour"}).status == 2);
  files.lines += "half a line\n";
  CHECK(files.check().status == 3);
  CHECK(
      run("field_checker", {"--mode", "live", "--truth", files.truth, "--ledger", files.folder.file("none")}).status ==
      3);
}

TEST_CASE("A ledger line that is still being written is not judged", "[field][checker]") {
  Files files;
  files.lines += "1\t1\t7\tevt-1";

  CHECK(files.check().status == 0);
}
