// The main of tests that load plugins: it is also what a probe starts anew.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstring>

#include "host/plugin/probe.hpp"

int main(int argc, char** argv) {
  if (argc >= 3 && std::strcmp(argv[1], reprise::plugin::kProbeVerb) == 0)
    return reprise::plugin::probe_main({argv + 2, argv + argc});
  return Catch::Session().run(argc, argv);
}
