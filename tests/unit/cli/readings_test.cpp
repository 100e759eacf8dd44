#include "host/cli/readings.hpp"

#include <catch2/catch.hpp>

using namespace reprise;
using namespace reprise::cli;

namespace {

struct World {
  SystemClock clock;
  telemetry::Metrics metrics;
  telemetry::Health health{clock};
  Readings readings{clock, metrics, health};

  std::string reason_of(const std::string& subject) const {
    for (const auto& one : health.snapshot().subjects) {
      if (one.subject == subject) return one.reason;
    }
    return "none";
  }
  double success() { return metrics.gauge("reprise_config_reload_success", "").value(); }
};

config::ConfigError error(const std::string& file, std::size_t more = 0) {
  return config::ConfigError({{{file, 3, 7}, "tables.webhooks.42.url", "expected a URL"}}, more);
}

}  // namespace

TEST_CASE("A table's file that was refused is told until a good one is taken", "[cli][tables]") {
  World world;
  CHECK(world.success() == 1);

  world.readings.table_refused("webhooks", error("rows.jsonl", 41));

  CHECK(
      world.reason_of("tables.webhooks") ==
      "the table's new file was refused, the old rows stay: rows.jsonl:3:7: tables.webhooks.42.url: expected a URL and "
      "41 more");
  CHECK(world.success() == 0);
  world.readings.table_taken("webhooks", {.came = 1}, 1);
  CHECK(world.reason_of("tables.webhooks") == "none");
  CHECK(world.success() == 1);
}

TEST_CASE("A good table does not hide that the configuration was refused", "[cli][tables]") {
  World world;
  world.readings.refused(error("reprise.yaml"));

  world.readings.table_taken("webhooks", {}, 1);

  CHECK(
      world.reason_of("configuration") ==
      "the new configuration was refused, the old one runs: reprise.yaml:3:7: tables.webhooks.42.url: expected a URL");
  CHECK(world.success() == 0);
  world.readings.taken("nothing");
  CHECK(world.success() == 1);
}

TEST_CASE("A reload that is taken has read the tables as well", "[cli][tables]") {
  World world;
  world.readings.table_refused("webhooks", error("rows.jsonl"));

  world.readings.taken("nothing");

  CHECK(world.reason_of("tables.webhooks") == "none");
  CHECK(world.success() == 1);
}
