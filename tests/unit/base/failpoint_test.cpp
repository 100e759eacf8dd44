#include "host/base/failpoint.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#if defined(REPRISE_FAILPOINTS)
namespace {

// Runs passages of a failpoint in a child with this environment, and says how the child ended.
int status_of_child(const char* environment, int passages) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // Catch would report the child as a failed test
    if (environment != nullptr) {
      setenv("REPRISE_FAILPOINT", environment, 1);
    } else {
      unsetenv("REPRISE_FAILPOINT");
    }
    for (int i = 0; i < passages; ++i) REPRISE_FAILPOINT(after_test);
    _exit(42);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

bool is_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
bool is_unharmed(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 42; }

}  // namespace

TEST_CASE("A failpoint kills at the passage that the environment names", "[base][failpoint]") {
  CHECK(is_unharmed(status_of_child(nullptr, 100)));
  CHECK(is_unharmed(status_of_child("another:1", 100)));
  CHECK(is_unharmed(status_of_child("after_test:17", 16)));
  CHECK(is_killed(status_of_child("after_test:17", 17)));
  CHECK(is_killed(status_of_child("after_test", 1)));
}

TEST_CASE("A failpoint with a bad count is noticed", "[base][failpoint]") {
  const int status = status_of_child("after_test:many", 1);

  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
}
#else
TEST_CASE("A release build has no failpoints", "[base][failpoint]") {
  setenv("REPRISE_FAILPOINT", "after_test:1", 1);
  REPRISE_FAILPOINT(after_test);
  unsetenv("REPRISE_FAILPOINT");
  SUCCEED("the process is still there");
}
#endif
