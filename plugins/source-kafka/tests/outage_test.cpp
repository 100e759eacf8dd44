#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "plugins/source-kafka/tests/reader.hpp"

using namespace reprise::kafka::testing;
using namespace reprise::source_kafka;

namespace {

/// A broker of this test alone, started and stopped by ./dev in a folder that goes with it.
class OwnBroker {
 public:
  OwnBroker() {
    std::string pattern = (std::filesystem::temp_directory_path() / "reprise-broker.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    start();
  }
  ~OwnBroker() {
    try {
      stop();
    } catch (const std::exception&) {
      // Nothing more can be done here; ./dev ends what a run has left.
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  void start() { run("start"); }
  void stop() { run("kill"); }
  std::string bootstrap_servers() const {
    std::ifstream env(directory_ / "env");
    for (std::string line; std::getline(env, line);) {
      if (line.starts_with("KAFKA_BOOTSTRAP=")) return line.substr(line.find('=') + 1);
    }
    return {};
  }

 private:
  void run(const std::string& verb) {
    const std::string command =
        "'" REPRISE_DEV "' kafka " + verb + " --dir '" + directory_.string() + "' >/dev/null 2>&1";
    if (const int status = std::system(command.c_str()); status != 0)
      throw std::runtime_error("failed with " + std::to_string(status) + ": " + command);
  }
  std::filesystem::path directory_;
};

std::vector<TestRecord> numbered(int first, int count) {
  std::vector<TestRecord> records;
  for (int i = first; i < first + count; ++i)
    records.push_back({.key = "k", .value = std::to_string(i), .timestamp_ms = 0, .partition = 0, .headers = {}});
  return records;
}

}  // namespace

TEST_CASE("A broker that is killed and comes back costs no record and needs no help", "[source-kafka]") {
  OwnBroker broker;
  REQUIRE_FALSE(broker.bootstrap_servers().empty());
  Cluster cluster(broker.bootstrap_servers());
  const std::string topic = cluster.create_topic(1);
  cluster.produce(topic, numbered(0, 100), {{"acks", "all"}});
  Reader reader(topic, {{"cluster.bootstrap_servers", broker.bootstrap_servers()}});
  REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
  ReadResult result = reader.read(1, 100, 20);
  REQUIRE(result.records.size() == 100);

  broker.stop();
  const auto is_degraded = [&] {
    const auto healths = reader.host().healths();
    return std::ranges::any_of(healths, [](const auto& health) {
      return health.state == REPRISE_DEGRADED && health.kind == "kafka.unreachable";
    });
  };
  REQUIRE(reader.host().run_until(
      [&] {
        reader.poll(1, result);
        return is_degraded();
      },
      30));
  CHECK(result.status == REPRISE_OK);
  CHECK(result.records.size() == 100);
  CHECK(reader.host().count_logs("cannot be reached") == 1);

  broker.start();
  cluster.produce(topic, numbered(100, 100));

  CHECK(reader.host().run_until(
      [&] {
        reader.poll(1, result);
        return result.records.size() >= 200;
      },
      30));
  CHECK(result.status == REPRISE_OK);
  REQUIRE(result.offsets.size() == 200);
  CHECK(result.offsets.back() == 199);
  CHECK(reader.host().run_until(
      [&] { return !reader.host().healths().empty() && reader.host().healths().back().state == REPRISE_UP; }, 30));
}

TEST_CASE("A source whose cluster is away starts, answers questions with a clear error, and stops at once",
          "[source-kafka]") {
  const std::int64_t begin = deadline_ns(0);
  {
    Reader reader("orders", {{"cluster.bootstrap_servers", "127.0.0.1:1"}});
    std::size_t count = 0;
    reprise_place place{};
    reprise_error error{};

    const reprise_status status =
        reader.host().source().partitions(reader.host().self(), {}, 0, &place, 1, &count, deadline_ns(1), &error);

    CHECK(status == REPRISE_RETRIABLE);
    CHECK(std::string(error.message).find("orders") != std::string::npos);
    REQUIRE(reader.open(1, 0, 0) == REPRISE_OK);
    ReadResult result;
    reader.poll(1, result);
    CHECK(result.status == REPRISE_OK);
    CHECK(result.records.empty());
  }
  CHECK(deadline_ns(0) - begin < 10'000'000'000);
}
