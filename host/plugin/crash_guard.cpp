#include "host/plugin/crash_guard.hpp"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace reprise::plugin {

namespace detail {
thread_local constinit CurrentCall current_call;
}

namespace {

struct Signal {
  int number;
  const char* name;
};
constexpr std::array<Signal, 6> kSignals{{{SIGSEGV, "SIGSEGV"},
                                          {SIGBUS, "SIGBUS"},
                                          {SIGABRT, "SIGABRT"},
                                          {SIGFPE, "SIGFPE"},
                                          {SIGILL, "SIGILL"},
                                          {SIGSYS, "SIGSYS"}}};

struct Code {
  std::uintptr_t begin, end;
  char plugin[64];
};

// Written once each before the count says so, and only read by the handler.
std::array<Code, 128> codes;
std::atomic<std::size_t> code_count{0};
std::array<struct sigaction, kSignals.size()> previous;

// The line, put together without anything that is not async-signal-safe.
class Line {
 public:
  Line& add(const char* text) {
    const std::size_t size = std::min(std::strlen(text), text_.size() - size_ - 1);
    std::memcpy(text_.data() + size_, text, size);
    size_ += size;
    return *this;
  }
  Line& add(unsigned number) {
    char digits[12];
    std::size_t at = sizeof(digits);
    digits[--at] = '\0';
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    return add(digits + at);
  }
  void write() {
    text_[size_++] = '\n';
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text_.data(), size_);
  }

 private:
  std::array<char, 512> text_;
  std::size_t size_ = 0;
};

std::uintptr_t program_counter([[maybe_unused]] const void* context) {
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<const ucontext_t*>(context)->uc_mcontext.pc;
#else
  return 0;
#endif
}

const char* plugin_at(std::uintptr_t address) {
  for (std::size_t i = 0, count = code_count.load(std::memory_order_acquire); i < count; ++i) {
    if (codes[i].begin <= address && address < codes[i].end) return codes[i].plugin;
  }
  return nullptr;
}

void on_crash(int number, siginfo_t* info, void* context) {
  std::size_t index = 0;
  while (index + 1 < kSignals.size() && kSignals[index].number != number) ++index;

  Line line;
  const char* const call = detail::current_call.call.load(std::memory_order_relaxed);
  const char* const instance = detail::current_call.instance.load(std::memory_order_relaxed);
  const char* owner = plugin_at(program_counter(context));
  if (call != nullptr) {
    line.add("reprise: plugin ").add(instance).add(" crashed in ").add(call);
  } else if (owner != nullptr) {
    line.add("reprise: plugin ").add(owner).add(" crashed in a thread of its own");
  } else {
    line.add("reprise: the host crashed, in no plugin's call");
  }
  line.add(": signal ").add(static_cast<unsigned>(number)).add(" (").add(kSignals[index].name).add(")");
  line.write();

  // As it would have ended without us. A fault comes again when the instruction does; a signal that was sent is sent again.
  ::sigaction(number, &previous[index], nullptr);
  if (info->si_code <= 0) ::raise(number);
}

// Runs on the thread that ends the process. The first thread ends it when main returns; no other one of the host's does.
void on_exit() {
  const detail::CurrentCall& current = detail::current_call;
  const char* const call = current.call.load(std::memory_order_relaxed);
  if (call == nullptr && ::getpid() == ::gettid()) return;
  Line line;
  if (call != nullptr) {
    line.add("reprise: plugin ").add(current.instance.load(std::memory_order_relaxed));
    line.add(" ended the process in ").add(call);
  } else {
    line.add("reprise: a plugin ended the process in a thread of its own");
  }
  line.write();
  ::_exit(1);
}

}  // namespace

void install_exit_guard() { std::atexit(on_exit); }

void install_crash_guard() {
  static std::atomic<bool> is_installed{false};
  if (is_installed.exchange(true)) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action {};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(kSignals[i].number, &action, &previous[i]);
  }
}

void remember_plugin_code(const void* begin, const void* end, std::string_view plugin_id) {
  const std::size_t index = code_count.load(std::memory_order_relaxed);
  if (index == codes.size()) return;
  Code& code = codes[index];
  code.begin = reinterpret_cast<std::uintptr_t>(begin);
  code.end = reinterpret_cast<std::uintptr_t>(end);
  const std::size_t size = std::min(plugin_id.size(), sizeof(code.plugin) - 1);
  std::memcpy(code.plugin, plugin_id.data(), size);
  code.plugin[size] = '\0';
  code_count.store(index + 1, std::memory_order_release);
}

}  // namespace reprise::plugin
