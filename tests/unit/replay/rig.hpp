#pragma once
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/replay/replays.hpp"
#include "tests/unit/replay/faulty_store.hpp"
#include "tests/unit/replay/trial_log.hpp"
#include "tests/unit/state/temp_directory.hpp"

namespace reprise::replay::trial {

/// The machine's clock, ahead of it by what slow readings are said to have taken.
class RigClock final : public Clock {
 public:
  explicit RigClock(std::filesystem::path readings) : readings_(std::move(readings)) {}
  BootTime boot() const override {
    std::error_code missing;
    const auto count = std::filesystem::file_size(readings_, missing);
    return machine_.boot() + kSlowReading * (missing ? 0 : static_cast<std::int64_t>(count));
  }
  std::int64_t wall_ms() const override { return machine_.wall_ms(); }

 private:
  const std::filesystem::path readings_;
  const SystemClock machine_;
};

/// The replays of a worker, over a store in memory, with plugins of our own: connector "whole" reads all of the log, "cut" has
/// lost its first 700 records to retention, "absent" has no topic, others are made by add(). What the sink got stands in a file; files in the same folder
/// make source and sink misbehave.
class Rig {
 public:
  using Seconds = std::chrono::seconds;

  Rig() {
    REQUIRE(plugins_->find("trial-source") != nullptr);
    REQUIRE(tables_.replace("webhooks", {{"k0", "{}"}, {"k1", "{}"}, {"k2", "{}"}}));
    connectors_ = {connector("whole", 0), connector("cut", 700), connector("absent", 0)};
    connectors_.back().source.options.push_back({"topics.0", "absent", false, false, {}});
    begin();
  }
  ~Rig() {
    set("hold", false);
    end();
  }

  /// Ends the replays as a worker does, and begins anew over the same store.
  void restart() {
    end();
    begin();
  }
  void end() {
    if (!replays_) return;
    replays_->request_stop(clock_.boot() + Seconds(5));
    REQUIRE(replays_->wait_stopped(clock_.boot() + Seconds(10)));
    replays_.reset();
  }
  void begin() {
    replays_ = std::make_unique<Replays>(services_, std::vector<runtime::Shard*>{&shard_});
    replays_->reload(connectors_);
    replays_->start();
  }

  Replays& replays() { return *replays_; }
  /// Another configuration of "whole", for the next reload or begin: its sink writes into this folder from then on.
  void change_sink(const std::filesystem::path& folder) {
    connectors_.front().fingerprint += "changed";
    for (config::Option& option : connectors_.front().sink.options) {
      if (option.name == "folder") option.value = folder.string();
    }
  }
  void reload() {
    replays_->release_changed(connectors_, clock_.boot() + Seconds(5));
    replays_->reload(connectors_);
  }
  /// One more connector: over a log of records [first, count), of which `dates` are dated otherwise ("OFFSET=MS ...").
  void add(const std::string& name, std::int64_t first, std::int64_t count, const std::string& dates,
           std::int32_t partitions = 1) {
    connectors_.push_back(connector(name, first, count, dates, partitions));
    replays_->reload(connectors_);
  }

  FaultyStore& store() { return store_; }
  const Clock& clock() const { return clock_; }

  /// `key`, over the records [first, end) of the log.
  static Request request(const std::string& key, std::int64_t first, std::int64_t end,
                         const std::string& connector = "whole") {
    return {.connector = connector,
            .key = key,
            .from_ms = kLogStartMs + first * kStepMs,
            .to_ms = kLogStartMs + end * kStepMs};
  }
  std::string submit(const Request& request) {
    const auto job = replays_->submit(request);
    INFO((job ? std::string() : job.error().message));
    REQUIRE(job);
    return job->id;
  }
  /// The job once it is so; fails the test after 20 s.
  JobView await(const std::string& id, const std::function<bool(const JobView&)>& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + Seconds(20);
    while (true) {
      auto view = replays_->show(id);
      REQUIRE(view);
      if (is_so(*view)) return *std::move(view);
      INFO(to_json(*view));
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  JobView await(const std::string& id, JobState state) {
    return await(id, [&](const JobView& view) { return view.job.state == state && !view.progress.is_running; });
  }
  config::Value report_of(const JobView& view) {
    auto report = config::parse_json(view.report);
    REQUIRE(report);
    return *std::move(report);
  }

  /// What the plugins look at.
  void set(const std::string& wish, bool is_wanted = true) { write(wish, is_wanted ? wish : std::string()); }
  /// With something to read in it; empty: takes the wish back.
  void write(const std::string& wish, const std::string& text) {
    if (!text.empty()) {
      std::ofstream(folder_.path() / wish) << text;
    } else {
      std::filesystem::remove(folder_.path() / wish);
    }
  }
  /// What the sink has taken, in order.
  std::vector<std::string> lines() const { return lines_in(folder_.path()); }
  static std::vector<std::string> lines_in(const std::filesystem::path& folder) {
    std::vector<std::string> result;
    std::ifstream file(folder / "lines");
    for (std::string line; std::getline(file, line);) result.push_back(line);
    return result;
  }
  /// What it should have taken.
  static std::vector<std::string> values(const std::string& key, std::int64_t first, std::int64_t end) {
    std::vector<std::string> result;
    for (std::int64_t offset = first; offset < end; ++offset) {
      if (key_of(offset) == key) result.push_back(value_of(offset));
    }
    return result;
  }
  /// Does the store hold any stream of a job?
  bool has_streams() const {
    bool is_found = false;
    REQUIRE(store_.scan(std::string("s\0", 2), {}, [&](std::string_view, std::string_view) {
      is_found = true;
      return false;
    }));
    return is_found;
  }

 private:
  static std::unique_ptr<plugin::Registry> scan_plugins() {
    auto scanned = plugin::Registry::scan(std::vector<std::filesystem::path>{REPRISE_TRIAL_PLUGIN_DIR});
    REQUIRE(scanned);
    return *std::move(scanned);
  }
  config::ConnectorConfig connector(const std::string& name, std::int64_t first, std::int64_t count = 2000,
                                    const std::string& dates = {}, std::int32_t partitions = 1) const {
    config::ConnectorConfig result;
    result.name = name;
    result.mode = config::ConnectorConfig::Mode::Replay;
    result.jobs_max = 2;
    const auto option = [](const std::string& key, const std::string& value) {
      return config::Option{key, value, false, false, {}};
    };
    result.source.plugin = "trial-source";
    result.source.options = {option("count", std::to_string(count)), option("first", std::to_string(first)),
                             option("dates", dates), option("folder", folder_.path().string()),
                             option("partitions", std::to_string(partitions))};
    result.sink.plugin = "trial-sink";
    result.sink.options = {option("endpoint.table", "webhooks"), option("folder", folder_.path().string())};
    result.errors.retry.initial = result.errors.retry.max = std::chrono::milliseconds(20);
    result.errors.retry.attempts = 0;
    result.errors.retry.max_elapsed = std::chrono::milliseconds(60'000);
    return result;
  }

  test::TempDirectory folder_;
  RigClock clock_{folder_.path() / kSlowReadings};
  FaultyStore store_;
  std::unique_ptr<plugin::Registry> plugins_ = scan_plugins();
  tables::Tables tables_;
  telemetry::Metrics metrics_;
  telemetry::Health health_{clock_};
  std::vector<config::ConnectorConfig> connectors_;
  runtime::Services services_{.clock = clock_,
                              .store = store_,
                              .plugins = *plugins_,
                              .tables = tables_,
                              .metrics = metrics_,
                              .health = health_};
  runtime::Shard shard_{clock_};
  std::unique_ptr<Replays> replays_;
};

}  // namespace reprise::replay::trial
