// The test's own main: it is also what a probe starts anew, and what the crash tests start to watch it die.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstring>

#include "host/plugin/probe.hpp"
#include "tests/contract/crash_child.hpp"

int main(int argc, char** argv) {
  if (argc >= 3 && std::strcmp(argv[1], reprise::plugin::kProbeVerb) == 0)
    return reprise::plugin::probe_main({argv + 2, argv + argc});
  if (argc == 4 && std::strcmp(argv[1], reprise::contract::kCrashVerb) == 0)
    return reprise::contract::crash_child(argv[2], argv[3]);
  return Catch::Session().run(argc, argv);
}
