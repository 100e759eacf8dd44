#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <cstring>
#include <string>

#include "host/plugin/load_text.hpp"
#include "host/plugin/probe.hpp"
#include "host/plugin/probe_report.hpp"

namespace reprise::plugin {
namespace {

void limit(__rlimit_resource resource, rlim_t value) {
  const struct rlimit limits { value, value };
  ::setrlimit(resource, &limits);
}

// What loading code must leave alone, because it belongs to the process.
struct ProcessState {
  std::array<void (*)(int), 32> handlers{};
  mode_t umask_bits = 0;
  std::string locale;
  std::string directory;

  static ProcessState now() {
    ProcessState state;
    for (std::size_t number = 1; number < state.handlers.size(); ++number) {
      struct sigaction action {};
      ::sigaction(static_cast<int>(number), nullptr, &action);
      state.handlers[number] = action.sa_handler;
    }
    state.umask_bits = ::umask(022);
    ::umask(state.umask_bits);
    const char* locale = std::setlocale(LC_ALL, nullptr);
    state.locale = locale != nullptr ? locale : "";
    std::array<char, 4096> directory{};
    if (::getcwd(directory.data(), directory.size()) != nullptr) state.directory = directory.data();
    return state;
  }

  // Empty: nothing. Otherwise what the code changed.
  std::string difference(const ProcessState& later) const {
    for (std::size_t number = 1; number < handlers.size(); ++number) {
      if (handlers[number] != later.handlers[number]) return "the handler of signal " + std::to_string(number);
    }
    if (umask_bits != later.umask_bits) return "the umask";
    if (locale != later.locale) return "the locale";
    if (directory != later.directory) return "the working directory";
    for (int fd = 0; fd <= 2; ++fd) {
      if (::fcntl(fd, F_GETFD) < 0) return "file descriptor " + std::to_string(fd);
    }
    return {};
  }
};

void report(char what, const std::string& text) {
  const std::string message = what + text.substr(0, kMaxProbeReport - 1);
  [[maybe_unused]] const ssize_t written = ::write(kProbeReportFd, message.data(), message.size());
}

// Empty: it loads, leaves the process alone and has an entry. Otherwise why not.
std::string try_file(const char* file) {
  const ProcessState before = ProcessState::now();
  void* handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return explain_dlerror(::dlerror(), file);
  const std::string difference = before.difference(ProcessState::now());
  if (!difference.empty()) return "changes the process while it is loaded: " + difference;
  if (::dlsym(handle, kEntrySymbol) == nullptr)
    return std::string("not a plugin for this host (no entry symbol ") + kEntrySymbol + ")";
  return {};
}

}  // namespace

int probe_main(std::span<char* const> files) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::fcntl(kProbeReportFd, F_SETFD, FD_CLOEXEC);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, 5);
  limit(RLIMIT_NOFILE, 64);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  limit(RLIMIT_AS, rlim_t{4} << 30);  // the sanitizers' shadow memory is larger than any limit
#endif

  for (const char* const file : files) {
    if (const std::string refusal = try_file(file); !refusal.empty()) {
      report(kProbeRefused, refusal);
      ::_exit(1);
    }
  }
  report(kProbePassed, "");
  // Without destructors: those of a plugin run at the worker's end, not here.
  ::_exit(0);
}

}  // namespace reprise::plugin
