// What plugins do to a worker beyond a clear failure: they block it, end it, or ask for what cannot be.
#include <catch2/catch.hpp>
#include <chrono>

#include "tests/contract/faulty_worker.hpp"

using Catch::Matchers::Contains;
using reprise::contract::FaultyWorker;
using namespace std::chrono_literals;

TEST_CASE("A descriptor that cannot be watched is refused to the plugin, and harms nobody", "[contract][worker]") {
  FaultyWorker worker("watches_badly");
  worker.start();

  worker.expect_delivered("faulty");

  CHECK_THAT(worker.log(), Contains("watching a number that is no descriptor: watch.descriptor") &&
                               Contains("watching a file: watch.descriptor") && Contains("watching a pipe: ok") &&
                               Contains("watching a pipe that came in its place: ok"));
  worker.expect_unharmed();
  CHECK(worker.stop() == 0);
}

TEST_CASE("A number that is no metric counts nothing", "[contract][worker]") {
  FaultyWorker worker("measures_unknown");
  worker.start();

  worker.expect_delivered("faulty");

  worker.expect_unharmed();
  CHECK(worker.stop() == 0);
}

TEST_CASE("What an instance counts says which of its connector's instances it is", "[contract][worker]") {
  FaultyWorker worker("measures_unknown");
  worker.start();

  worker.await_metric("reprise_fault_measures_unknown_delivered_total{connector=\"faulty\",stage=\"sink\",task=\"0\"}",
                      "3");

  CHECK(worker.stop() == 0);
}

TEST_CASE("A plugin that ends the process is named, and the process does not end well", "[contract][worker]") {
  struct Fault {
    const char* plugin;
    const char* said;
  };
  const Fault fault =
      GENERATE(Fault{"exits_in_deliver", "plugin fault-exits-in-deliver (faulty/sink) ended the process in deliver"},
               Fault{"exits_in_thread", "a plugin ended the process in a thread of its own"});
  INFO(fault.plugin);
  FaultyWorker worker(fault.plugin);
  worker.start();

  const int status = worker.wait(20s);

  INFO(worker.log());
  CHECK(status == 1);
  CHECK_THAT(worker.log(), Contains(fault.said));
}

TEST_CASE("A call that blocks its shard is named while it lasts, and at the worker's end", "[contract][worker]") {
  FaultyWorker worker("blocks_in_deliver");
  worker.with_drain_deadline("1s").start();

  worker.await_log("has not come back from deliver");

  const std::string named = "plugin fault-blocks-in-deliver (faulty/sink) has not come back from deliver";
  CHECK_THAT(worker.log(), Contains(named));
  CHECK_THAT(worker.await("/health/live", "has not come back"), Contains(named) && Contains("\"status\":\"down\""));
  worker.await_metric("reprise_health{subject=\"shard/0\"}", "3");
  const std::size_t before = worker.log().size();
  worker.stop();
  const std::string said = worker.log().substr(before);
  CHECK_THAT(said, Contains(named));
  CHECK_THAT(said, !Contains("one of its plugins hangs"));
}

TEST_CASE("A task that fails again and again says which attempt it is, and at last that there is none",
          "[contract][worker]") {
  FaultyWorker worker("throws_in_deliver");
  worker.with_connector_lines("    restart: {initial: 20ms, max: 20ms, attempts: 3}\n").start();

  worker.await("/health/live", "not started again after 3 attempts without progress");

  const std::string log = worker.await_log("after 3 attempts without progress");
  CHECK_THAT(log, Contains("ERROR task failed for good connector=faulty task=0 kind="));
  CHECK_THAT(log, Contains("again_in_ms=20"));
  std::size_t restarts = 0;
  for (std::size_t at = log.find("task started connector=faulty"); at != std::string::npos;
       at = log.find("task started connector=faulty", at + 1))
    ++restarts;
  CHECK(restarts == 4);  // once, and three attempts more
  worker.await_metric("reprise_task_state{connector=\"faulty\",state=\"FAILED\",task=\"0\"}", "1");
  worker.await_metric("reprise_health{subject=\"connector/faulty/0\"}", "3");

  // Another configuration begins with all its attempts.
  worker.with_connector_lines("    restart: {initial: 20ms, max: 20ms, attempts: 2}\n").reload();

  worker.await_log("after 2 attempts without progress");
  worker.with_sink("{plugin: good-sink}").reload();
  worker.expect_delivered("faulty");
  CHECK(worker.stop() == 0);
}

TEST_CASE("A task whose plugin speaks another interface is not started again", "[contract][worker]") {
  FaultyWorker worker("abi_minor_mismatch");
  worker.start();

  CHECK_THAT(worker.await_log("is not started again"), Contains("speaks ABI 0.3, this host speaks 0.2"));

  worker.expect_unharmed();
  CHECK_THAT(worker.log(), !Contains("again_in_ms"));
  CHECK(worker.stop() == 0);
}

TEST_CASE("A worker whose configuration names a plugin of another interface does not start", "[contract][worker]") {
  FaultyWorker worker("other_abi_section");
  worker.start();

  CHECK(worker.wait(20s) == 2);
  CHECK_THAT(worker.log(), Contains("speaks ABI 0.1, this host speaks 0.2"));
}

TEST_CASE("A task that is stalled says so in the log", "[contract][worker]") {
  FaultyWorker worker("never_settles");
  worker.with_connector_lines("    stall_after: 1s\n").with_drain_deadline("1s").start();

  CHECK_THAT(worker.await_log("stalled"), Contains("WARN") && Contains("connector=faulty"));

  worker.stop();
}

TEST_CASE("A plugin that exports more than its entry is named with what it exports, and works", "[contract][worker]") {
  FaultyWorker worker("exports_more");
  worker.start();
  const std::string plugin = "plugin exports_more.so: exports ";  // how many: AddressSanitizer adds one of its own
  const std::string symbols = "\"compress_all\", \"log_level\")";

  CHECK_THAT(worker.await_log("symbols beside"),
             Contains("WARN") && Contains(plugin) && Contains(symbols) && Contains("version script"));
  worker.expect_delivered("faulty");
  CHECK(worker.stop() == 0);

  for (const char* verb : {"validate", "plugins"}) {
    const auto said = field_test::run("reprise", {verb, worker.config_path()});
    CHECK(said.status == 0);
    CHECK_THAT(said.output, Contains(plugin) && Contains(symbols));
  }
}
