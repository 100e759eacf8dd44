#include "host/telemetry/metrics.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <thread>

using namespace reprise::telemetry;

TEST_CASE("The same name and labels are the same series", "[telemetry][metrics]") {
  Metrics metrics;

  Counter& a = metrics.counter("x_total", "X", {{"k", "1"}, {"l", "2"}});
  Counter& b = metrics.counter("x_total", "X", {{"l", "2"}, {"k", "1"}});
  Counter& c = metrics.counter("x_total", "X", {{"k", "2"}, {"l", "2"}});

  CHECK(&a == &b);
  CHECK(&a != &c);
}

TEST_CASE("The text form holds help, type, escaped labels and cumulated buckets", "[telemetry][metrics]") {
  Metrics metrics;
  metrics.counter("a_total", "Counts\nthings", {{"k", "q\"\\\n"}}).add(2.5);
  metrics.gauge("b", "B").set(-1);
  const std::vector<double> bounds{1, 0.5, 1, INFINITY};
  Histogram& histogram = metrics.histogram("c_seconds", "C", {}, bounds);
  for (const double value : {0.5, 0.7, 9.0}) histogram.observe(value);

  CHECK(metrics.expose() ==
        "# HELP a_total Counts things\n# TYPE a_total counter\na_total{k=\"q\\\"\\\\\\n\"} 2.5\n"
        "# HELP b B\n# TYPE b gauge\nb -1\n"
        "# HELP c_seconds C\n# TYPE c_seconds histogram\nc_seconds_count 3\nc_seconds_sum 10.2\n"
        "c_seconds_bucket{le=\"0.5\"} 1\nc_seconds_bucket{le=\"1\"} 2\nc_seconds_bucket{le=\"+Inf\"} 3\n");
}

TEST_CASE("Counters never fall", "[telemetry][metrics]") {
  Metrics metrics;
  Counter& counter = metrics.counter("x_total", "X");

  counter.add(3);
  counter.add(-1);
  counter.add(std::nan(""));

  CHECK(counter.value() == 3);
}

TEST_CASE("Labels without end collapse to one series", "[telemetry][metrics]") {
  Metrics metrics({.max_series_per_name = 3, .max_names = 2});

  for (int i = 0; i < 100; ++i) metrics.counter("x_total", "X", {{"user", std::to_string(i)}}).add();

  const std::string text = metrics.expose();
  CHECK(text.find("x_total{user=\"2\"} 1\n") != std::string::npos);
  CHECK(text.find("x_total{user=\"3\"}") == std::string::npos);
  CHECK(text.find("x_total{user=\"other\"} 97\n") != std::string::npos);
  metrics.counter("y_total", "Y").add();
  metrics.counter("z_total", "Z").add();
  CHECK(metrics.expose().find("z_total") == std::string::npos);
}

TEST_CASE("What the format does not allow counts, but is not exposed", "[telemetry][metrics]") {
  Metrics metrics;
  metrics.gauge("good", "G").set(1);
  const std::string before = metrics.expose();

  metrics.counter("no spaces", "X").add();
  metrics.counter("", "X").add();
  metrics.counter("x_total", "X", {{"1st", "v"}}).add();
  metrics.counter("x_total", "X", {{"__reserved", "v"}}).add();
  metrics.counter("good", "another kind").add();
  metrics.histogram("h", "H", {{"le", "v"}}).observe(1);

  CHECK(metrics.expose() == before);
}

TEST_CASE("Label values from strangers are made valid and short", "[telemetry][metrics]") {
  Metrics metrics;
  metrics.counter("x_total", "X", {{"k", "a\xff" + std::string(500, 'b')}}).add();

  const std::string text = metrics.expose();

  CHECK(text.find("k=\"a?bbb") != std::string::npos);
  CHECK(text.size() < 250);
}

TEST_CASE("Removed series are hidden, and go on when they come back", "[telemetry][metrics]") {
  Metrics metrics;
  Counter& kept = metrics.counter("x_total", "X", {{"connector", "a"}, {"task", "0"}});
  Counter& gone = metrics.counter("x_total", "X", {{"connector", "b"}, {"task", "0"}});
  kept.add();
  gone.add(5);

  metrics.remove({{"connector", "b"}});

  CHECK(metrics.expose().find("connector=\"a\"") != std::string::npos);
  CHECK(metrics.expose().find("connector=\"b\"") == std::string::npos);
  gone.add();
  CHECK(&metrics.counter("x_total", "X", {{"connector", "b"}, {"task", "0"}}) == &gone);
  CHECK(metrics.expose().find("x_total{connector=\"b\",task=\"0\"} 6\n") != std::string::npos);
}

TEST_CASE("Hooks run before each scrape until they are dropped", "[telemetry][metrics]") {
  Metrics metrics;
  int runs = 0;
  {
    const Metrics::Hook hook = metrics.on_scrape([&] { metrics.gauge("runs", "R").set(++runs); });
    CHECK(metrics.expose().find("runs 1\n") != std::string::npos);
    CHECK(metrics.expose().find("runs 2\n") != std::string::npos);
  }
  metrics.expose();
  CHECK(runs == 2);
}

TEST_CASE("A hook that moved still ends once", "[telemetry][metrics]") {
  Metrics metrics;
  int runs = 0;
  Metrics::Hook outer;
  {
    Metrics::Hook inner = metrics.on_scrape([&] { ++runs; });
    outer = std::move(inner);
  }
  metrics.expose();
  CHECK(runs == 1);
  outer = Metrics::Hook();
  metrics.expose();
  CHECK(runs == 1);
}

TEST_CASE("Counting and scraping from many threads loses nothing", "[telemetry][metrics]") {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          metrics.counter("x_total", "X", {{"k", std::to_string(i % 10)}}).add();
          metrics.histogram("h", "H").observe(1);
          if (i % 100 == 0) metrics.expose();
        }
      });
    }
  }
  double sum = 0;
  for (int k = 0; k < 10; ++k) sum += metrics.counter("x_total", "X", {{"k", std::to_string(k)}}).value();
  CHECK(sum == 4000);
  CHECK(metrics.histogram("h", "H").sum() == 4000);
}
