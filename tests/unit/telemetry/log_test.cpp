#include "host/telemetry/log.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

using namespace reprise::telemetry;

namespace {

/// A folder that goes with the test.
struct Folder {
  Folder() {
    std::string name = "/tmp/reprise-log-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// stderr is a pipe that nobody reads, until the test ends.
class StalledStderr {
 public:
  StalledStderr() {
    saved_ = ::dup(STDERR_FILENO);
    REQUIRE(::pipe2(ends_, O_CLOEXEC) == 0);
    ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    ::dup2(ends_[1], STDERR_FILENO);
  }
  ~StalledStderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

 private:
  int saved_ = -1;
  int ends_[2] = {-1, -1};
};

}  // namespace

TEST_CASE("Levels and formats have names", "[telemetry][log]") {
  CHECK(parse_level("debug") == Level::Debug);
  CHECK(parse_level("error") == Level::Error);
  CHECK_FALSE(parse_level("INFO").has_value());
  CHECK(parse_log_format("json") == LogFormat::Json);
  CHECK_FALSE(parse_log_format("xml").has_value());
}

TEST_CASE("Lines of enough weight reach the file, in order, from many threads", "[telemetry][log]") {
  const Folder folder;
  const std::string file = folder.path + "/log";
  REQUIRE(configure_log({.level = Level::Info, .format = LogFormat::Text, .file = file}).ok());

  debug("not shown");
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 100; ++i) info("line", {{"thread", t}, {"i", i}});
    });
  }
  threads.clear();
  REQUIRE(flush_log());

  const std::string text = contents(file);
  CHECK(lines(text) == 400);
  CHECK(text.find("not shown") == std::string::npos);
  CHECK(text.find("thread=3 i=98\n") < text.find("thread=3 i=99\n"));
  shutdown_log();
}

TEST_CASE("After a rotation the log goes on in a new file", "[telemetry][log]") {
  const Folder folder;
  const std::string file = folder.path + "/log";
  REQUIRE(configure_log({.format = LogFormat::Json, .file = file}).ok());

  info("before");
  REQUIRE(flush_log());
  std::filesystem::rename(file, file + ".1");
  info("between");
  REQUIRE(flush_log());
  REQUIRE(reopen_log().ok());
  info("after");
  shutdown_log();

  CHECK(lines(contents(file + ".1")) == 2);
  CHECK(contents(file).find(R"("msg":"after")") != std::string::npos);
  CHECK(lines(contents(file)) == 1);
}

TEST_CASE("A log file that cannot be opened changes nothing and says why", "[telemetry][log]") {
  const Folder folder;
  REQUIRE(configure_log({.file = folder.path + "/log"}).ok());

  const auto result = configure_log({.level = Level::Error, .file = folder.path + "/no/such/folder/log"});

  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == "log.open");
  CHECK(result.error().message.find("/no/such/folder/log") != std::string::npos);
  CHECK(enabled(Level::Info));
  info("still here");
  shutdown_log();
  CHECK(lines(contents(folder.path + "/log")) == 1);
}

TEST_CASE("A reader that stalls costs lines, counted, and neither callers nor the end wait for it",
          "[telemetry][log]") {
  const std::uint64_t dropped_before = dropped_log_lines();
  std::chrono::steady_clock::duration logging{};
  std::chrono::steady_clock::duration ending{};
  {
    const StalledStderr stalled;
    REQUIRE(configure_log({.level = Level::Info, .queue_lines = 16}).ok());
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 5000; ++i) info("a line that nobody will read", {{"i", i}});
    const auto logged = std::chrono::steady_clock::now();
    CHECK_FALSE(flush_log(std::chrono::milliseconds(50)));
    shutdown_log(std::chrono::milliseconds(50));
    logging = logged - start;
    ending = std::chrono::steady_clock::now() - logged;
  }

  CHECK(dropped_log_lines() - dropped_before > 4500);
  CHECK(logging < std::chrono::seconds(5));
  CHECK(ending < std::chrono::seconds(5));
}

TEST_CASE("The log can be shut down twice and started again", "[telemetry][log]") {
  const Folder folder;
  shutdown_log();
  shutdown_log();

  REQUIRE(configure_log({.file = folder.path + "/log"}).ok());
  info("again");
  shutdown_log();

  CHECK(lines(contents(folder.path + "/log")) == 1);
  CHECK(flush_log());
}
