#include "tests/contract/crash_child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "host/plugin/crash_guard.hpp"
#include "host/plugin/overrun_guard.hpp"
#include "tests/contract/fixture.hpp"

extern char** environ;

namespace reprise::contract {

int crash_child(const char* fault, const char* call) {
  const struct rlimit no_core { 0, 0 };
  ::setrlimit(RLIMIT_CORE, &no_core);
  plugin::install_crash_guard();
  const std::vector<std::filesystem::path> directories{fault_directory(fault)};
  auto registry = plugin::Registry::scan(directories);
  if (!registry) return 2;
  const auto loaded = (*registry)->load((*registry)->list().front()->manifest.id);
  if (!loaded) return 3;
  RecordingHost host;
  auto instance = create(**loaded, host);
  if (!instance || std::strcmp(call, "create") == 0) return 4;

  if (std::strcmp(call, "stop") == 0) {
    const plugin::OverrunGuard guard(std::chrono::milliseconds(50), [&] {
      const std::string line = (*instance)->name() + " hangs in stop\n";
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
      ::_exit(0);
    });
    static_cast<void>((*instance)->stop(BootTime{}));
    return 6;
  }

  const RecordArray records({"a"});
  std::size_t taken = 0;
  reprise_error error{};
  const plugin::CallScope scope((*instance)->crash_name(), "deliver");
  (*instance)->sink()->deliver((*instance)->self(), records.data(), records.size(), &taken, &error);
  return 5;
}

Crash run_crash_child(const std::string& fault, const std::string& call) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::string name = "crash", verb = kCrashVerb, first = fault, second = call;
  std::array<char*, 5> arguments{name.data(), verb.data(), first.data(), second.data(), nullptr};
  pid_t child = -1;
  REQUIRE(::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);

  Crash crash;
  std::array<char, 4096> text{};
  for (ssize_t size = 0; (size = ::read(ends[0], text.data(), text.size())) > 0;) {
    crash.error_output.append(text.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) crash.signal = WTERMSIG(status);
  return crash;
}

}  // namespace reprise::contract
