// What a faulty plugin does to the worker that runs it: a clear word, and no harm beyond that plugin's own connector, unless it
// takes the process with it; then it is named first.
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/contract/faulty_worker.hpp"

using Catch::Matchers::Contains;
using reprise::contract::FaultyWorker;
using namespace std::chrono_literals;

namespace {

// How a worker ends that leaves a hanging thread behind. ThreadSanitizer reports that thread, with a status of its own.
#if defined(__SANITIZE_THREAD__)
constexpr int kLeftAtOnce = 66;
#else
constexpr int kLeftAtOnce = 1;
#endif

// The lines of trouble that no runbook can be looked up with.
std::string lines_without_kind(const std::string& log) {
  std::istringstream lines(log);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    const bool is_trouble = line.find(" WARN ") != std::string::npos || line.find(" ERROR ") != std::string::npos;
    if (is_trouble && line.find(" kind=") == std::string::npos) found += line + "\n";
  }
  return found;
}

constexpr const char* kFaultyState = "reprise_task_state{connector=\"faulty\",state=\"FAILED\",task=\"0\"}";

}  // namespace

TEST_CASE("A plugin that cannot go on fails its own connector only", "[contract][worker]") {
  struct Fault {
    const char* plugin;
    const char* said;
  };
  const Fault fault =
      GENERATE(Fault{"throws_in_deliver", "no deliver today"}, Fault{"throws_in_route", "no route today"},
               Fault{"throws_in_create", "no create today"}, Fault{"abi_major_mismatch", "999"},
               Fault{"missing_create", "create"}, Fault{"constructor_aborts", "SIGABRT"},
               Fault{"undefined_symbol", "symbol_that_nobody_has"});
  INFO(fault.plugin);
  FaultyWorker worker(fault.plugin);
  worker.start();

  worker.await_log(fault.said);

  CHECK_THAT(worker.await_log("task failed"),
             Contains("connector=faulty") && !Contains("task failed connector=healthy"));
  CHECK(lines_without_kind(worker.log()).empty());
  worker.await_metric(kFaultyState, "1");
  CHECK_THAT(worker.await("/health/live", "faulty"), Contains(fault.said));
  worker.expect_unharmed();
  CHECK(worker.stop() == 0);
}

TEST_CASE("An option that only its plugin can refuse is shown with its place, and nothing runs", "[contract][worker]") {
  FaultyWorker worker("create_fails");
  worker.with_sink("{plugin: fault-create-fails, path: /proc/1}").start();

  CHECK(worker.wait(20s) == 2);

  CHECK_THAT(worker.log(), Contains("worker.yaml:13:46: connectors.faulty.sink.path: must not lie below /proc") &&
                               !Contains("task started"));
}

TEST_CASE("A reload with an option that only its plugin can refuse changes nothing", "[contract][worker]") {
  FaultyWorker worker("create_fails");
  worker.with_sink("{plugin: good-sink}").start();
  worker.expect_delivered("faulty");

  worker.with_sink("{plugin: fault-create-fails, path: /proc/1}").add_good_connector("later").reload();

  CHECK_THAT(worker.await_log("must not lie below /proc"), Contains("connectors.faulty.sink.path"));
  worker.await_log("the old one stays");
  worker.expect_delivered("faulty");
  CHECK_THAT(worker.log(), !Contains("connector=later"));
  CHECK(worker.stop() == 0);
}

TEST_CASE("A reload that is refused leaves a trace until one is taken", "[contract][worker]") {
  FaultyWorker worker("good_sink");
  worker.start();
  worker.expect_delivered("faulty");
  worker.await_metric("reprise_config_reload_success", "1");

  worker.with_connector_lines("    tasks_max: 0\n    jobs_max: none\n    stall_after: 1\n    max_in_flight: -1\n")
      .reload();

  const std::string log = worker.await_log("the old one stays");
  for (const char* option : {"tasks_max", "jobs_max", "stall_after", "max_in_flight"})
    CHECK_THAT(log, Contains("connectors.faulty." + std::string(option) + ": expected"));
  CHECK_THAT(log, Contains("problems=4"));
  worker.await_metric("reprise_config_reload_total{result=\"refused\"}", "1");
  worker.await_metric("reprise_config_reload_success", "0");
  worker.await("/health/live", "\"configuration\",\"state\":\"degraded\"[^}]*tasks_max[^}]*and 3 more");

  worker.with_connector_lines("    tasks_max: 2\n").add_good_connector("later").reload();

  CHECK_THAT(worker.await_log("configuration taken"), Contains("configuration taken: connectors +1 -0 ~1"));
  worker.await_metric("reprise_config_reload_total{result=\"taken\"}", "1");
  worker.await_metric("reprise_config_reload_success", "1");
  CHECK(worker.await("/health/live", "later").find("configuration") == std::string::npos);
  CHECK(worker.stop() == 0);
}

TEST_CASE("A worker leaves no core dump, which would hold every secret", "[contract][worker]") {
  FaultyWorker worker("good_sink");
  worker.start();
  worker.expect_delivered("healthy");
  const std::string log = worker.log();
  const auto at = log.find("pid=") + 4;
  const std::string limits = field_test::read_file("/proc/" + log.substr(at, log.find('\n', at) - at) + "/limits");

  const auto line = limits.find("Max core file size");
  REQUIRE(line != std::string::npos);
  CHECK_THAT(limits.substr(line, limits.find('\n', line) - line), Contains(" 0 "));
  CHECK(worker.stop() == 0);
}

TEST_CASE("Whoever only talks to a worker needs its socket, and none of its files", "[contract][worker]") {
  FaultyWorker worker("good_sink");
  worker.start();
  worker.expect_delivered("healthy");
  const auto list = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"replay", "list", "--json"});
    return field_test::run("reprise", arguments);
  };

  const auto by_socket = list({"--socket", worker.state_dir() + "/control.sock"});
  const auto by_directory = list({"--state-dir", worker.state_dir()});
  ::setenv("REPRISE_STATE_DIR", worker.state_dir().c_str(), 1);
  const auto by_environment = list({});
  ::unsetenv("REPRISE_STATE_DIR");
  const auto by_nothing = list({});
  CHECK(worker.stop() == 0);
  const auto after = list({"--state-dir", worker.state_dir()});

  for (const auto& result : {by_socket, by_directory, by_environment}) {
    INFO(result.output);
    CHECK(result.status == 0);
    CHECK_THAT(result.output, Contains("[]"));
  }
  CHECK(by_nothing.status == 2);
  CHECK_THAT(by_nothing.output, Contains("FILE") && Contains("--socket") && Contains("REPRISE_STATE_DIR"));
  CHECK(after.status == 3);
}

TEST_CASE("A secret that others can read in a file is pointed out", "[contract][worker]") {
  FaultyWorker worker("good_sink");
  worker.with_sink("{plugin: good-sink, path: \"-----BEGIN PRIVATE KEY-----\"}").start();
  worker.expect_delivered("healthy");
  ::chmod(worker.config_path().c_str(), 0664);

  const auto validated = field_test::run("reprise", {"validate", worker.config_path()});
  ::chmod(worker.config_path().c_str(), 0600);
  const auto mended = field_test::run("reprise", {"validate", worker.config_path()});

  const std::string place = "worker.yaml:13:37: connectors.faulty.sink.path: ";
  CHECK_THAT(worker.log(), Contains(place + "a secret stands here as it is, and others can read the file (mode 0644)"));
  CHECK(validated.status == 0);
  CHECK_THAT(validated.output, Contains("warning: ") && Contains(place) && Contains("chmod o-r "));
  CHECK(mended.status == 0);
  CHECK_THAT(mended.output, !Contains("a secret stands"));
  CHECK(worker.stop() == 0);
}

TEST_CASE("A second settlement of a record counts for nothing", "[contract][worker]") {
  FaultyWorker worker("settles_twice");
  worker.start();

  worker.expect_delivered("faulty");

  worker.await_metric("reprise_stray_settlements_total{connector=\"faulty\",task=\"0\"}", "4");
  CHECK_THAT(worker.await_log("not in flight"), Contains("faulty"));
  worker.await_metric("reprise_accounting_mismatch_total{connector=\"faulty\",task=\"0\"}", "0");
  worker.expect_unharmed();
  CHECK(worker.stop() == 0);
}

TEST_CASE("A sink that never settles is called stalled, and holds the worker no longer than its drain deadline",
          "[contract][worker]") {
  FaultyWorker worker("never_settles");
  worker.with_connector_lines("    stall_after: 1s\n").with_drain_deadline("1s").start();

  worker.await("/health/live", "stalled");
  worker.expect_unharmed();
  const auto began = std::chrono::steady_clock::now();
  const int status = worker.stop();

  CHECK(status == 0);
  CHECK(std::chrono::steady_clock::now() - began < 4s);
  CHECK_THAT(worker.log(), Contains("will be delivered again"));
}

TEST_CASE("A sink that collects more than it may have is told that no more comes", "[contract][worker]") {
  FaultyWorker worker("collects_500");
  worker.with_connector_lines("    max_in_flight: 2\n").start();

  worker.expect_delivered("faulty");

  CHECK_THAT(worker.log(), Contains("flush 1 of 2") && Contains("flush 2 of 1"));
  CHECK(worker.stop() == 0);
}

TEST_CASE("A group whose outcomes a transform cannot take is not committed", "[contract][worker]") {
  FaultyWorker worker("throws_in_outcome");
  worker.with_sink("{plugin: good-sink}")
      .with_connector_lines("    transforms: [{plugin: fault-throws-in-outcome}]\n")
      .start();
  worker.await_log("task failed");
  CHECK_THAT(worker.await("/health/live", "faulty"), Contains("no outcome today"));
  CHECK(worker.stop() == 0);

  worker.with_connector_lines("").with_sink("{plugin: sink-lines, path: \"" + worker.lines_path() + "\"}").start();
  worker.await_metric("reprise_watermark_offset{connector=\"faulty\",partition=\"0\",task=\"0\",topic=\"good\"}", "3");
  CHECK(worker.stop() == 0);
  const std::string lines = field_test::read_file(worker.lines_path());
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);  // all are delivered again: nothing says that they were
}

TEST_CASE("A plugin that crashes is named before the worker ends", "[contract][worker]") {
  struct Fault {
    const char* plugin;
    const char* said;
    int signal;
  };
  const Fault fault =
      GENERATE(Fault{"crash_in_create",
                     "plugin fault-crash-in-create (faulty/sink) crashed in create: signal 11 (SIGSEGV)", SIGSEGV},
               Fault{"crashes_in_deliver",
                     "plugin fault-crashes-in-deliver (faulty/sink) crashed in deliver: signal 6 (SIGABRT)", SIGABRT},
               Fault{"crashes_in_thread",
                     "plugin fault-crashes-in-thread crashed in a thread of its own: signal 11 (SIGSEGV)", SIGSEGV});
  INFO(fault.plugin);
  FaultyWorker worker(fault.plugin);
  worker.start();

  const int status = worker.wait(20s);

  INFO(worker.log());
  CHECK_THAT(worker.log(), Contains(fault.said));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  CHECK(status > 0);  // the sanitizer reports the signal, and ends the process in its own way
#else
  CHECK(status == 128 + fault.signal);
#endif
  // The next life, without that plugin's connector, is a sound one.
  worker.with_sink("{plugin: good-sink}").start();
  worker.expect_delivered("faulty");
  CHECK(worker.stop() == 0);
}

TEST_CASE("A plugin that hangs in stop makes the worker write its state and leave at once", "[contract][worker]") {
  FaultyWorker worker("hangs_in_stop");
  worker.with_drain_deadline("1s").start();
  worker.expect_delivered("faulty");

  const auto began = std::chrono::steady_clock::now();
  const int status = worker.stop();
  const auto took = std::chrono::steady_clock::now() - began;

  INFO(worker.log());
  CHECK(status == kLeftAtOnce);
  CHECK(took < 6s);
  CHECK_THAT(worker.log(), Contains("hangs in stop") && Contains("fault-hangs-in-stop") && Contains("leaving at once"));

  worker.with_sink("{plugin: sink-lines, path: \"" + worker.lines_path() + "\"}").start();
  worker.await_metric("reprise_watermark_offset{connector=\"faulty\",partition=\"0\",task=\"0\",topic=\"good\"}", "3");
  CHECK(worker.stop() == 0);
  CHECK(field_test::read_file(worker.lines_path()).empty());  // nothing is delivered again: the state was safe
}

TEST_CASE("A plugin that hangs in stop at a reload holds back its own connector only", "[contract][worker]") {
  FaultyWorker worker("hangs_in_stop");
  worker.with_drain_deadline("1s").start();
  worker.expect_delivered("faulty");
  worker.expect_delivered("healthy");

  worker.with_sink("{plugin: good-sink}").add_good_connector("later").reload();

  worker.await_log("configuration taken");
  CHECK_THAT(worker.log(), Contains("hangs in stop") && Contains("fault-hangs-in-stop"));
  worker.expect_delivered("later");
  worker.expect_delivered("healthy");
  CHECK(worker.stop() == kLeftAtOnce);  // that plugin goes with the process
}

TEST_CASE("A connector that a reload replaces sees no row that was written for its successor", "[contract][worker]") {
  FaultyWorker worker("tells_rows");
  worker.with_drain_deadline("1s")
      .with_sections("tables: {rows: {row: {of: old}}}\n")
      .with_sink("{plugin: fault-tells-rows, path: one}")
      .start();
  worker.await_log(R"(one sees {"of":"old"})");

  worker.with_sections("tables: {rows: {row: {of: new}}}\n")
      .with_sink("{plugin: fault-tells-rows, path: two}")
      .reload();

  const std::string log = worker.await_log(R"(two sees {"of":"new"})");
  CHECK_THAT(log, !Contains(R"(one sees {"of":"new"})"));
  CHECK(worker.stop() == 0);
}

TEST_CASE("Connectors of one task each are spread over all shards", "[contract][worker]") {
  FaultyWorker worker("tells_thread");
  worker.with_shards(8).with_good({});
  for (int i = 1; i < 8; ++i) worker.add_faulty_connector("more-" + std::to_string(i));
  worker.start();

  worker.expect_delivered("faulty");
  for (int i = 1; i < 8; ++i) worker.expect_delivered("more-" + std::to_string(i));

  std::set<std::string> threads;
  const std::string log = worker.log();
  const std::string said = "delivers on thread ";
  for (std::size_t at = log.find(said); at != std::string::npos; at = log.find(said, at + 1))
    threads.insert(log.substr(at, log.find(' ', at + said.size()) - at));
  CHECK(threads.size() == 8);
  CHECK(worker.stop() == 0);
}

TEST_CASE("A worker whose configuration names a file that is no plugin does not start", "[contract][worker]") {
  FaultyWorker worker("no_manifest");
  worker.with_sink("{plugin: fault-no-manifest}").start();

  CHECK(worker.wait(20s) == 2);
  CHECK_THAT(worker.log(), Contains("no_manifest.so") && Contains("there is no plugin \"fault-no-manifest\""));
}
