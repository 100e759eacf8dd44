#include "host/runtime/judge.hpp"

#include "host/runtime/pipeline.hpp"
#include "host/runtime/shard.hpp"
#include "host/state/store.hpp"
#include "tests/contract/fixture.hpp"

using namespace reprise;
using namespace reprise::contract;
using namespace std::chrono_literals;

namespace {

/// A worker's parts, and a connector "c". The plugin whose limits are asked for shows what it was told it may have unsettled.
struct Judged {
  Judged() {
    connector.name = "c";
    connector.max_in_flight = 1000;
    connector.max_in_flight_bytes = 5000;
    connector.source.plugin = "good-source";
    connector.sink.plugin = "good-sink";
    connector.errors.dead_letter.emplace().plugin = "good-sink";
  }
  /// Its sink or dead letter sink refuses with it.
  void refuse(bool is_sink) {
    config::PluginUse& refusing = is_sink ? connector.sink : *connector.errors.dead_letter;
    refusing.plugin = "fault-tells-limits";
    refusing.options.push_back({.name = "path", .value = "refuse", .where = {}});
  }
  static std::unique_ptr<plugin::Registry> scan_all() {
    const std::vector<std::filesystem::path> all{fault_directory("tells_limits"), fault_directory("good_source"),
                                                 fault_directory("good_sink")};
    auto scanned = plugin::Registry::scan(all);
    REQUIRE(scanned);
    return *std::move(scanned);
  }

  SystemClock clock;
  std::unique_ptr<state::Store> store = state::make_memory_store();
  std::unique_ptr<plugin::Registry> plugins = scan_all();
  tables::Tables tables;
  telemetry::Metrics metrics;
  telemetry::Health health{clock};
  runtime::Services services{
      .clock = clock, .store = *store, .plugins = *plugins, .tables = tables, .metrics = metrics, .health = health};
  runtime::Shard shard{clock};
  config::ConnectorConfig connector;
};

}  // namespace

TEST_CASE("A plugin is judged with the limits that its task would give it", "[contract][judge]") {
  const bool is_sink = GENERATE(true, false);
  Judged judged;
  judged.refuse(is_sink);

  const auto problems = runtime::judge_plugins({&judged.connector, 1}, judged.services);
  const auto made =
      runtime::Pipeline::create(judged.connector, {}, judged.services, judged.shard, judged.clock.boot() + 30s);

  const std::string limits = is_sink ? "bytes 5000 records 1000" : "bytes 5000 records 250";
  REQUIRE(problems.size() == 1);
  CHECK(problems.front().message == limits);
  REQUIRE_FALSE(made);
  CHECK_THAT(made.error().message, Catch::Contains(limits));
}

TEST_CASE("Each task of a connector has gauges of its own", "[contract][metrics]") {
  Judged worker;
  worker.connector.sink.plugin = "fault-tells-limits";
  const auto make = [&](std::uint32_t task) {
    return runtime::Pipeline::create(worker.connector, {.task_number = task}, worker.services, worker.shard,
                                     worker.clock.boot() + 30s);
  };

  const auto first = make(0);
  worker.connector.max_in_flight = 300;
  const auto second = make(1);

  REQUIRE(first);
  REQUIRE(second);
  const std::string shown = worker.metrics.expose();
  CHECK_THAT(shown, Catch::Contains("\"c\",stage=\"sink\",task=\"0\"} 1000"));
  CHECK_THAT(shown, Catch::Contains("\"c\",stage=\"sink\",task=\"1\"} 300"));
}
