#include "host/cli/unknown_option.hpp"

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include "host/cli/replay_arguments.hpp"

using namespace reprise::cli;

namespace {

std::string unknown_of(std::vector<const char*> arguments) {
  CLI::App app("", "reprise");
  ReplayArguments replay;
  add_replay(app, replay);
  arguments.insert(arguments.begin(), "reprise");
  return find_unknown_option(app, static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("A misspelt option is named, and not its value", "[cli]") {
  CHECK(unknown_of({"replay", "run", "--kye", "2", "--from", "now-2h", "--to", "now", "reprise.yaml"}) ==
        "unknown option \"--kye\" (did you mean \"--key\"?)");
  CHECK(unknown_of({"replay", "list", "--stat=OPEN", "reprise.yaml"}) ==
        "unknown option \"--stat\" (did you mean \"--state\"?)");
  CHECK(unknown_of({"replay", "run", "--webhook", "2", "--dry-run", "--help", "reprise.yaml"}).empty());
  CHECK(unknown_of({"--nothing-of-the-kind"}) == "unknown option \"--nothing-of-the-kind\"");
}
