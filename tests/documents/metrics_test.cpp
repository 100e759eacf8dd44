#include <catch2/catch.hpp>

#include "host/telemetry/metric_names.hpp"
#include "tests/documents/files.hpp"

using namespace reprise;
using namespace reprise::documents;

TEST_CASE("docs/operations.md names every metric of the contract", "[documents]") {
  const std::string page = content_of(root() / "docs/operations.md");

  for (const telemetry::MetricSpec& metric : telemetry::kMetricContract) {
    CAPTURE(metric.name);
    CHECK(page.find("`" + std::string(metric.name) + "`") != std::string::npos);
  }
}
