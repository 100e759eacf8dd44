#include "host/plugin/probe.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "host/plugin/descriptor.hpp"
#include "host/plugin/probe_report.hpp"

extern char** environ;

namespace reprise::plugin {
namespace {

using Millis = std::chrono::milliseconds;

Error refuse(const std::filesystem::path& file, const std::string& message) {
  return fatal("plugin.probe", "plugin " + file.filename().string() + ": " + message);
}

// What loading code may need of our environment: where libraries are, language and zone, the settings of sanitizers. Nothing else:
// secrets stand there too, and the child runs code that nobody has judged yet.
bool is_for_the_probe(std::string_view entry) {
  const std::string_view name = entry.substr(0, entry.find('='));
  constexpr std::array<std::string_view, 5> kNames{"PATH", "LANG", "TZ", "GLIBC_TUNABLES", "LLVM_PROFILE_FILE"};
  return name.starts_with("LD_") || name.starts_with("LC_") || name.ends_with("SAN_OPTIONS") ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Spawned, not forked: the worker has threads, and a child of fork would inherit their locks.
int spawn(std::span<const std::filesystem::path> files, int report_fd, pid_t* child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, report_fd, kProbeReportFd);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, kProbeReportFd + 1);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> texts{"reprise-probe", kProbeVerb};
  texts.reserve(files.size() + 2);
  for (const std::filesystem::path& file : files) texts.push_back(file.string());
  std::vector<char*> arguments;
  arguments.reserve(texts.size() + 1);
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (is_for_the_probe(*entry)) environment.push_back(*entry);
  }
  environment.push_back(nullptr);
  const int error = ::posix_spawn(child, "/proc/self/exe", &actions, &attributes, arguments.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

// True when the child has ended in time.
bool wait_for_end(int process, Millis deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (true) {
    const auto left = std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now());
    if (left.count() < 0) return false;
    struct pollfd wait {
      process, POLLIN, 0
    };
    const int ready = ::poll(&wait, 1, static_cast<int>(left.count()) + 1);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

std::string read_report(int fd) {
  std::array<char, kMaxProbeReport> text{};
  const ssize_t size = ::read(fd, text.data(), text.size());
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

Result<> probe(const std::filesystem::path& file, Millis deadline) { return probe_all(std::span(&file, 1), deadline); }

Result<> probe_all(std::span<const std::filesystem::path> files, Millis deadline) {
  if (files.empty()) return {};
  const std::filesystem::path& file = files.front();
  // Nonblocking to read: the child's end may have been handed on to a grandchild, and what was not written is not waited for.
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return retriable("plugin.probe", "cannot make a pipe for the probe: " + std::system_category().message(errno));
  }
  const Descriptor from_child(ends[0]);
  Descriptor to_parent(ends[1]);
  ::fcntl(from_child.get(), F_SETFL, O_NONBLOCK);

  pid_t child = -1;
  if (const int error = spawn(files, to_parent.get(), &child); error != 0) {
    return retriable("plugin.probe", "cannot start a probe process: " + std::system_category().message(error));
  }
  to_parent.reset();

  // By number: glibc 2.36 declares pidfd_open without C linkage. Where a sandbox forbids it, the report's pipe says nearly the same: it is closed when the child ends.
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  const bool is_in_time = wait_for_end(process.get() >= 0 ? process.get() : from_child.get(), deadline);
  if (!is_in_time) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!is_in_time) {
    return refuse(file,
                  "still loading after " + std::to_string(deadline.count()) + " ms in the probe, and killed there");
  }
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const char* name = ::sigabbrev_np(number);
    return refuse(file, "crashed while loading (signal " + std::to_string(number) + (name != nullptr ? ", SIG" : "") +
                            (name != nullptr ? name : "") + ") in the probe");
  }
  const std::string report = read_report(from_child.get());
  if (report.empty()) {
    return refuse(
        file, "ended the process while loading (exit status " + std::to_string(WEXITSTATUS(status)) + ") in the probe");
  }
  if (report.front() != kProbePassed) return refuse(file, report.substr(1));
  return {};
}

}  // namespace reprise::plugin
