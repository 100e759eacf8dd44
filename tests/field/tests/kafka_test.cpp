// The generator and the checker against a real broker: what is put into the topic is what is found there.
#include <unistd.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <map>
#include <set>

#include "tests/field/tests/harness.hpp"

using namespace field_test;

namespace {

std::string bootstrap() {
  const char* value = std::getenv("KAFKA_BOOTSTRAP");
  if (value == nullptr || *value == '\0')
    FAIL("KAFKA_BOOTSTRAP is not set: this test needs a Kafka, for instance of ./dev kafka start");
  return value;
}

std::string new_topic(const std::string& name) {
  static int count = 0;
  return "field." + name + "." + std::to_string(getpid()) + "." +
         std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + "." + std::to_string(++count);
}

std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> result{""};
  for (const char c : line) {
    if (c == '\t') {
      result.emplace_back();
    } else {
      result.back().push_back(c);
    }
  }
  return result;
}

struct Filled {
  TempDir folder;
  std::string topic;
  std::string truth = folder.file("truth");
  std::string ledger = folder.file("ledger");
  std::vector<std::vector<std::string>> records;

  explicit Filled(const std::string& codec, const std::vector<std::string>& more = {}) : topic(new_topic(codec)) {
    std::vector<std::string> arguments{"--bootstrap",  bootstrap(),
                                       "--topic",      topic,
                                       "--partitions", "3",
                                       "--events",     "2000",
                                       "--webhooks",   "50",
                                       "--hot",        "42",
                                       "--copies",     "0.1",
                                       "--codec",      codec,
                                       "--truth",      truth,
                                       "--config",     "retention.ms=-1",  // the events are older than any default
                                       "--from",       "2026-01-01T08:00:00Z",
                                       "--to",         "2026-01-01T14:00:00Z"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = run("field_generator", arguments);
    INFO(result.output);
    REQUIRE(result.status == 0);
    for (const auto& line : lines_of(read_file(truth))) {
      if (line.front() != '#') records.push_back(columns(line));
    }
  }

  /// A perfect receiver's ledger: each event once.
  [[nodiscard]] std::vector<std::string> perfect_ledger() const {
    std::vector<std::string> lines;
    std::set<std::string> seen;
    for (const auto& record : records) {
      if (!seen.insert(record[0]).second) continue;
      lines.push_back("1\t1\t" + record[1] + "\t" + record[0] + "\t" + record[3] + "\tmsg_1\t1\tlive\t-\t-\tok\t204\n");
    }
    return lines;
  }

  [[nodiscard]] Result check(const std::vector<std::string>& lines) const {
    std::string text;
    for (const auto& line : lines) text += line;
    write_file(ledger, text);
    return run("field_checker", {"--mode", "live", "--bootstrap", bootstrap(), "--topic", topic, "--ledger", ledger,
                                 "--dead-letter-topic", topic + ".none"});
  }
};

}  // namespace

TEST_CASE("What the generator writes down is what the checker finds in the topic", "[field][kafka]") {
  const std::string codec = GENERATE("none", "gzip", "snappy", "lz4", "zstd");
  INFO("codec " << codec);
  const Filled filled(codec);
  auto lines = filled.perfect_ledger();

  const auto complete = filled.check(lines);
  lines.erase(lines.begin() + 1234);
  const auto one_lost = filled.check(lines);

  INFO(complete.output);
  CHECK(complete.status == 0);
  CHECK(complete.has_line("events 2000"));
  CHECK(complete.last_line() == "lost 0");
  CHECK(one_lost.status == 1);
  CHECK(one_lost.last_line() == "lost 1");
}

TEST_CASE("Generated events are skewed, copied, dated and partitioned by key", "[field][kafka]") {
  const Filled filled("snappy");

  std::map<std::string, std::set<std::string>> partitions;
  std::map<std::string, int> per_webhook;
  std::map<std::string, std::string> first_hash;
  int copies = 0;
  for (const auto& record : filled.records) {
    REQUIRE(record.size() == 7);
    partitions[record[1]].insert(record[5]);
    ++per_webhook[record[1]];
    const long long time_ms = std::atoll(record[2].c_str());
    CHECK(time_ms >= 1767254400000);        // 08:00
    CHECK(time_ms < 1767276000000 + 2000);  // 14:00; a copy may be two seconds late
    if (record[4] == "1") {
      ++copies;
      CHECK(first_hash[record[0]] == record[3]);  // byte for byte
    } else {
      CHECK(first_hash.emplace(record[0], record[3]).second);  // a unique id, and before its copy
    }
  }

  CHECK(first_hash.size() == 2000);
  CHECK(copies > 100);
  CHECK(copies < 300);
  for (const auto& [webhook, places] : partitions) CHECK(places.size() == 1);
  CHECK(per_webhook["42"] > 3 * 2200 / 50);  // rank 2 of a zipf distribution
}

TEST_CASE("The same seed gives the same events, another start other ones", "[field][kafka]") {
  const Filled first("snappy");
  const Filled same("snappy");
  const Filled later("snappy", {"--start-id", "2001"});

  const auto hashes = [](const Filled& filled) {
    std::set<std::string> result;
    for (const auto& record : filled.records) result.insert(record[3]);
    return result;
  };

  CHECK(hashes(first) == hashes(same));
  for (const auto& hash : hashes(later)) CHECK_FALSE(hashes(first).contains(hash));
}

TEST_CASE("A throttled generator keeps its rate", "[field][kafka]") {
  const TempDir folder;
  const auto start = std::chrono::steady_clock::now();

  const auto result = run("field_generator", {"--bootstrap", bootstrap(), "--topic", new_topic("rate"), "--events",
                                              "1000", "--rate", "500", "--truth", folder.file("truth")});

  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CHECK(result.status == 0);
  CHECK(seconds > 1.9);
  CHECK(lines_of(read_file(folder.file("truth"))).size() == 1001);
}
