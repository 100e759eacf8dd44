#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include <cstring>
#include <iostream>

#include "host/cli/commands.hpp"
#include "host/cli/endpoint_command.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/replay_arguments.hpp"
#include "host/cli/unknown_option.hpp"
#include "host/plugin/probe.hpp"

// jemalloc reads this at start. One arena is enough for few threads; unused memory goes back within a second, by
// jemalloc's own thread: an idle worker stays small after a catch-up.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:1,lg_tcache_max:11,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}

namespace {

using namespace reprise::cli;

// A core dump, or whoever attaches to this process, would see every secret and every payload.
void keep_memory_private() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  prctl(PR_SET_DUMPABLE, 0);  // the leak checker attaches to its own process
#endif
}

void add_files(CLI::App* verb, std::vector<std::string>& files) {
  verb->add_option("FILE", files, "configuration files (YAML), read as one")->required()->check(CLI::ExistingFile);
}

int run(int argc, char** argv) {
  CLI::App app("Reprise loads plugins as YAML declares them and runs each connector as source -> transforms -> sink.",
               "reprise");
  app.require_subcommand(0, 1);
  app.footer("Exit status: 0 ok, 1 failed while running, 2 configuration or request refused, 3 environment.");
  bool is_version_wanted = false;
  bool is_json = false;
  app.add_flag("--version", is_version_wanted, "print the version and end");
  app.add_flag("--json", is_json, "with --version: as JSON, with the versions of all libraries");
  bool has_core_dumps = false;
  app.add_flag("--core-dumps", has_core_dumps, "leave core dumps and debuggers possible: they see all secrets");

  WorkerArguments worker;
  CLI::App* const worker_verb = app.add_subcommand(
      "worker", "run the connectors of FILE... until SIGTERM (drain) or a second signal (leave at once)");
  add_files(worker_verb, worker.files);
  worker_verb->add_option("--log-file", worker.log_file, "log there instead of stderr; opened again on SIGHUP");
  worker_verb->add_option("--log-level", worker.log_level, "debug, info, warn or error; default worker.log.level")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  worker_verb->add_option("--log-format", worker.log_format, "text or json; default worker.log.format")
      ->check(CLI::IsMember({"text", "json"}));

  std::vector<std::string> files;
  CLI::App* const validate_verb =
      app.add_subcommand("validate", "check FILE... and say all that is wrong; runs no plugin code");
  add_files(validate_verb, files);
  CLI::App* const plugins_verb =
      app.add_subcommand("plugins", "list the plugins on worker.plugin_path of FILE...; runs no plugin code");
  add_files(plugins_verb, files);
  plugins_verb->add_flag("--json", is_json, "as JSON");

  ReplayArguments replay;
  CLI::App* const replay_verb = add_replay(app, replay);
  EndpointArguments endpoint;
  CLI::App* const endpoint_verb = add_endpoint(app, endpoint);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const std::string unknown = find_unknown_option(app, argc, argv);
        !unknown.empty() && error.get_exit_code() != 0) {
      std::cerr << "reprise: " << unknown << "; --help lists what there is\n";
      return kConfiguration;
    }
    return app.exit(error) == 0 ? kOk : kConfiguration;
  }
  if (!has_core_dumps) keep_memory_private();
  if (is_version_wanted) return run_version(is_json);
  if (*worker_verb) return run_worker(worker);
  if (*validate_verb) return run_validate(files);
  if (*plugins_verb) return run_plugins(files, is_json);
  if (*replay_verb) return run_replay(replay);
  if (*endpoint_verb) return run_endpoint(endpoint);
  std::cout << app.help();
  return kConfiguration;
}

}  // namespace

int main(int argc, char** argv) {
  // The child that tries a plugin out: nothing of the host may be started before.
  if (argc >= 3 && std::strcmp(argv[1], reprise::plugin::kProbeVerb) == 0)
    return reprise::plugin::probe_main({argv + 2, argv + argc});
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "reprise: " << error.what() << '\n';
    return kRuntime;
  }
}
