#include "host/base/failpoint.hpp"

#if defined(REPRISE_FAILPOINTS)
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>

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

}  // namespace

void failpoint(const char* name) {
  static const Armed armed;
  if (armed.name.empty() || armed.name != name) return;
  static std::atomic<std::uint64_t> passages{0};
  if (passages.fetch_add(1) + 1 == armed.count) ::kill(::getpid(), SIGKILL);
}

}  // namespace reprise
#endif
