#include "host/base/failpoint.hpp"

#if defined(REPRISE_FAILPOINTS)
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace reprise {
namespace {

// What the environment asks for; read once, at the first passage of any failpoint.
struct Armed {
  std::string_view name;  // borrowed from the environment
  std::uint64_t count = 1;

  Armed() {
    const char* text = std::getenv("REPRISE_FAILPOINT");
    if (text == nullptr) return;
    name = text;
    const auto colon = name.find(':');
    if (colon == std::string_view::npos) return;
    const auto digits = name.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    name = name.substr(0, colon);
    // A test that mistypes its failpoint must not pass because nothing was killed.
    if (error != std::errc{} || end != digits.data() + digits.size() || count == 0) std::abort();
  }
};

// What a test of this process asks for.
struct Asked {
  std::atomic<bool> is_any = false;
  std::mutex mutex;
  std::string name;
  std::function<void()> action;
};
Asked& asked() {
  static Asked instance;
  return instance;
}

void run_asked(std::string_view name) {
  std::function<void()> action;
  {
    const std::lock_guard lock(asked().mutex);
    if (asked().name == name) action = asked().action;
  }
  if (action) action();
}

}  // namespace

void at_failpoint(const char* name, std::function<void()> action) {
  const std::lock_guard lock(asked().mutex);
  asked().is_any = static_cast<bool>(action);
  asked().name = name;
  asked().action = std::move(action);
}

void failpoint(const char* name) {
  if (asked().is_any) run_asked(name);
  static const Armed armed;
  if (armed.name.empty() || armed.name != name) return;
  static std::atomic<std::uint64_t> passages{0};
  if (passages.fetch_add(1) + 1 == armed.count) ::kill(::getpid(), SIGKILL);
}

}  // namespace reprise
#endif
