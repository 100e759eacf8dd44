#include "host/cli/replay_arguments.hpp"

#include <CLI/CLI.hpp>

namespace reprise::cli {
namespace {

using Verb = ReplayArguments::Verb;

CLI::App* add_verb(CLI::App* replay, ReplayArguments& arguments, Verb verb, const char* name, const char* what) {
  CLI::App* const added = replay->add_subcommand(name, what);
  added->add_flag("--json", arguments.is_json, "one JSON document on stdout");
  added->add_flag("--local", arguments.is_local, "times in the machine's zone instead of UTC");
  added->final_callback([&arguments, verb] { arguments.verb = verb; });
  return added;
}

void add_job(CLI::App* verb, ReplayArguments& arguments) {
  verb->add_option("JOB", arguments.id, "the job's id")->required();
}

}  // namespace

CLI::App* add_replay(CLI::App& app, ReplayArguments& arguments) {
  CLI::App* const replay = app.add_subcommand("replay", "send again what was missed, and look at such jobs");
  replay->require_subcommand(1);

  CLI::App* const run =
      add_verb(replay, arguments, Verb::Run, "run", "run one job and wait for its end; Ctrl-C pauses it");
  run->add_option("--connector", arguments.connector, "of mode: replay; may be left out if there is only one");
  run->add_option("--key,--webhook", arguments.key, "whose records: the key of the records, the webhook's id")
      ->required();
  run->add_option("--from", arguments.from, "first time, inclusive: 2026-11-20T10:00:00Z or now-2h")->required();
  run->add_option("--to", arguments.to, "last time, exclusive")->required();
  run->add_option("--partition", arguments.partition, "key (where the key's records are), all, or a number");
  run->add_flag("--dry-run", arguments.is_dry_run, "read and count, send nothing");
  run->add_option("--proof", arguments.proof,
                  "how much of the log is read again for the report: range, or log (all of it)");
  add_worker_place(run, arguments.worker);

  CLI::App* const list = add_verb(replay, arguments, Verb::List, "list", "list the jobs");
  list->add_option("--state", arguments.state, "only these: OPEN, STARTED, ONGOING, COMPLETED, FAILED, CANCELLED");
  list->add_option("--connector", arguments.connector, "only this one's");
  add_worker_place(list, arguments.worker);

  const auto with_job = [&](Verb verb, const char* name, const char* what) {
    CLI::App* const added = add_verb(replay, arguments, verb, name, what);
    add_job(added, arguments);
    add_worker_place(added, arguments.worker);
  };
  with_job(Verb::Show, "show", "show a job, and its report");
  with_job(Verb::Pause, "pause", "stop a job so that it can go on later");
  with_job(Verb::Cancel, "cancel", "end a job for good");
  with_job(Verb::Resume, "resume", "let a paused or failed job go on, and wait for its end");
  return replay;
}

}  // namespace reprise::cli
