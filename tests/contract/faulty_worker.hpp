#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/field/tests/harness.hpp"

namespace reprise::contract {

/// A real worker process whose connectors use the plugins of tests/plugins: `healthy` is good throughout, `faulty` has the one
/// that is under test as its sink. Everything it writes lies in a folder of its own. Killed with its owner.
class FaultyWorker {
 public:
  /// `sink`: name of the folder in tests/plugins, such as "settles_twice". The worker is not started yet.
  explicit FaultyWorker(std::string sink);

  /// What stands under `faulty` instead of its default sink, and lines of `worker:` beside the default ones.
  FaultyWorker& with_sink(std::string yaml);
  FaultyWorker& with_source(std::string yaml);
  FaultyWorker& with_connector_lines(std::string yaml);
  FaultyWorker& with_worker_lines(std::string yaml);
  /// Sections beside `worker:` and `connectors:`.
  FaultyWorker& with_sections(std::string yaml);
  /// The plugins that users have can be used as well.
  FaultyWorker& with_product_plugins();
  FaultyWorker& with_drain_deadline(std::string duration);
  FaultyWorker& with_shards(int count);
  /// The good connectors, instead of `healthy`.
  FaultyWorker& with_good(std::vector<std::string> names);
  /// One more good connector, for the next start() or reload().
  FaultyWorker& add_good_connector(const std::string& name);
  /// The same with the sink of `faulty`.
  FaultyWorker& add_faulty_connector(const std::string& name);

  void start();
  void signal(int number) const { process_->send_signal(number); }
  /// Rewrites the files and sends SIGHUP.
  void reload();
  /// 128 + the signal's number when one ended it; -1 when the limit passed.
  int wait(std::chrono::seconds limit) { return process_->wait(limit); }
  /// SIGTERM, and its exit status.
  int stop();

  std::string log() const;
  /// The log once it holds the text; fails the test after 20 s.
  std::string await_log(const std::string& text) const;
  /// What the worker answers, once it matches; fails the test after 20 s.
  std::string await(const std::string& path, const std::string& pattern) const;
  /// The sum of a metric's series that match; fails the test when it is not `value` within 20 s.
  void await_metric(const std::string& series, const std::string& value) const;
  /// `name` has delivered its three records, and runs.
  void expect_delivered(const std::string& name) const;
  /// A connector that is started now works: the worker took no harm.
  void expect_unharmed();

  std::string config_path() const { return folder_.file("worker.yaml"); }
  std::string state_dir() const { return folder_.file("state"); }
  /// One more path in the worker's folder.
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string lines_path() const { return folder_.file("lines"); }

 private:
  std::string yaml() const;

  field_test::TempDir folder_;
  std::string plugin_folder_;
  std::string source_ = "{plugin: good-source, start: earliest}";
  std::string sink_;
  std::string connector_lines_;
  std::string worker_lines_;
  std::string sections_;
  std::string further_plugins_;
  std::string drain_deadline_ = "5s";
  int shards_ = 1;
  std::vector<std::string> good_ = {"healthy"};
  std::vector<std::string> faulty_ = {"faulty"};
  std::unique_ptr<field_test::Program> process_;
};

}  // namespace reprise::contract
