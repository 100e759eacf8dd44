#pragma once

// A named place where a crash test may stop the process: REPRISE_FAILPOINT(after_2xx) kills it (SIGKILL to itself) when the
// environment says REPRISE_FAILPOINT=after_2xx:17, that is at the 17th passage. Compiled out of release builds.
#if defined(REPRISE_FAILPOINTS)
namespace reprise {
void failpoint(const char* name);
}
#define REPRISE_FAILPOINT(name) ::reprise::failpoint(#name)
#else
#define REPRISE_FAILPOINT(name) static_cast<void>(0)
#endif
