#pragma once

// A named place where a crash test may stop the process: REPRISE_FAILPOINT(after_2xx) kills it (SIGKILL to itself) when the
// environment says REPRISE_FAILPOINT=after_2xx:17, that is at the 17th passage. Compiled out of release builds.
#if defined(REPRISE_FAILPOINTS)
#include <functional>

namespace reprise {
void failpoint(const char* name);
/// For tests in the same process: what a passage of this failpoint does from now on, on its own thread. Empty: nothing. One
/// failpoint at a time.
void at_failpoint(const char* name, std::function<void()> action);
}  // namespace reprise
#define REPRISE_FAILPOINT(name) ::reprise::failpoint(#name)
#else
#define REPRISE_FAILPOINT(name) static_cast<void>(0)
#endif
