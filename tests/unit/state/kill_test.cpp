#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "host/state/directory_lock.hpp"
#include "host/state/rocks_store.hpp"
#include "temp_directory.hpp"

using namespace reprise;
using namespace reprise::state;

extern char** environ;

namespace {

/// state_writer on a directory; killed and reaped at the end.
class Writer {
 public:
  explicit Writer(const std::filesystem::path& directory) {
    int ends[2] = {};
    REQUIRE(pipe(ends) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string program = STATE_WRITER;
    std::string argument = directory.string();
    char* arguments[] = {program.data(), argument.data(), nullptr};
    REQUIRE(posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    out_ = ends[0];
  }
  ~Writer() {
    kill_now();
    close(out_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// All that it printed until it said at least `bytes`, or ended.
  std::string read_some(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
      pollfd wait{.fd = out_, .events = POLLIN, .revents = 0};
      REQUIRE(poll(&wait, 1, 20000) == 1);
      char chunk[4096];
      const ssize_t size = read(out_, chunk, sizeof chunk);
      if (size <= 0) {
        break;
      }
      text.append(chunk, static_cast<std::size_t>(size));
    }
    return text;
  }
  void kill_now() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int out_ = -1;
};

std::uint64_t number(const Store& store, const char* key) {
  std::string value;
  const auto found = store.get(key, &value);
  REQUIRE(found.ok());
  return *found ? std::stoull(value) : 0;
}

/// The last number of a whole line.
std::uint64_t last_of(const std::string& text) {
  const auto end = text.rfind('\n');
  const auto begin = text.rfind('\n', end - 1);
  return std::stoull(text.substr(begin == std::string::npos ? 0 : begin + 1, end));
}

}  // namespace

TEST_CASE("A commit that was acknowledged survives kill -9, whole", "[state][kill]") {
  test::TempDirectory directory;
  std::uint64_t before = 0;
  for (std::size_t round = 1; round <= 15; ++round) {
    std::string printed;
    {
      Writer writer(directory.path());
      printed = writer.read_some(round * 997);
      writer.kill_now();
      printed += writer.read_some(1 << 24);
    }
    const std::uint64_t acknowledged = last_of(printed);

    auto store = RocksStore::open(directory.path(), {});
    REQUIRE(store.ok());
    const std::uint64_t left = number(**store, "left");

    CHECK((*store)->was_set_aside().empty());
    CHECK(acknowledged > before);
    CHECK(left >= acknowledged);
    CHECK(left == number(**store, "right"));
    before = left;
  }
}

TEST_CASE("A second process is refused with the pid of the first", "[state][kill]") {
  test::TempDirectory directory;
  Writer writer(directory.path());
  REQUIRE_FALSE(writer.read_some(1).empty());

  const auto second = RocksStore::open(directory.path(), {});

  REQUIRE_FALSE(second.ok());
  CHECK(second.error().kind == "store.in_use");
  CHECK(second.error().code == writer.pid());
  CHECK(find_lock_holder(directory.path())->pid == writer.pid());
  writer.kill_now();
  CHECK(RocksStore::open(directory.path(), {}).ok());
}
