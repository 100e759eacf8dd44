#include "tests/contract/faulty_worker.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

namespace reprise::contract {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 20s;  // sanitizers slow a start down
constexpr auto kPause = 10ms;

std::string id_of(std::string name) {
  for (char& c : name) {
    if (c == '_') c = '-';
  }
  return name.starts_with("good-") ? name : "fault-" + name;
}

}  // namespace

FaultyWorker::FaultyWorker(std::string sink)
    : plugin_folder_(std::move(sink)), sink_("{plugin: " + id_of(plugin_folder_) + "}") {}

FaultyWorker& FaultyWorker::with_sink(std::string yaml) {
  sink_ = std::move(yaml);
  return *this;
}

FaultyWorker& FaultyWorker::with_source(std::string yaml) {
  source_ = std::move(yaml);
  return *this;
}

FaultyWorker& FaultyWorker::with_connector_lines(std::string yaml) {
  connector_lines_ = std::move(yaml);
  return *this;
}

FaultyWorker& FaultyWorker::with_worker_lines(std::string yaml) {
  worker_lines_ = std::move(yaml);
  return *this;
}

FaultyWorker& FaultyWorker::with_sections(std::string yaml) {
  sections_ = std::move(yaml);
  return *this;
}

FaultyWorker& FaultyWorker::with_product_plugins() {
  further_plugins_ = ", \"" REPRISE_PLUGIN_DIR "\"";
  return *this;
}

FaultyWorker& FaultyWorker::with_drain_deadline(std::string duration) {
  drain_deadline_ = std::move(duration);
  return *this;
}

FaultyWorker& FaultyWorker::with_shards(int count) {
  shards_ = count;
  return *this;
}

FaultyWorker& FaultyWorker::with_good(std::vector<std::string> names) {
  good_ = std::move(names);
  return *this;
}

FaultyWorker& FaultyWorker::add_faulty_connector(const std::string& name) {
  faulty_.push_back(name);
  return *this;
}

FaultyWorker& FaultyWorker::add_good_connector(const std::string& name) {
  good_.push_back(name);
  return *this;
}

std::string FaultyWorker::yaml() const {
  const std::string faults = REPRISE_FAULT_DIR;
  std::string text = "worker:\n  id: contract\n  state_dir: \"" + folder_.file("state") +
                     "\"\n  drain_deadline: " + drain_deadline_ + "\n  plugin_path: [\"" + faults +
                     "/good_source\", \"" + faults + "/good_transform\", \"" + faults + "/good_sink\", \"" +
                     REPRISE_EXAMPLE_DIR + "\"";
  if (!plugin_folder_.starts_with("good_")) text += ", \"" + faults + "/" + plugin_folder_ + "\"";
  text += further_plugins_ + "]\n";
  if (shards_ != 1) text += "  shards: " + std::to_string(shards_) + "\n";
  text += worker_lines_ + sections_ + "connectors:\n";
  for (const std::string& name : good_) {
    text += "  " + name +
            ":\n    source: {plugin: good-source, start: earliest}\n    transforms: [{plugin: good-transform}]\n    "
            "sink: {plugin: good-sink}\n";
  }
  for (const std::string& name : faulty_) {
    text += "  " + name + ":\n    source: " + source_ + "\n    sink: " + sink_ + "\n" + connector_lines_;
  }
  return text;
}

void FaultyWorker::start() {
  field_test::write_file(config_path(), yaml());
  process_.reset();
  process_ = std::make_unique<field_test::Program>("reprise", std::vector<std::string>{"worker", config_path()},
                                                   folder_.file("log"));
}

void FaultyWorker::reload() {
  field_test::write_file(config_path(), yaml());
  process_->send_signal(SIGHUP);
}

int FaultyWorker::stop() {
  process_->send_signal(SIGTERM);
  return process_->wait(kPatience);
}

std::string FaultyWorker::log() const { return field_test::read_file(folder_.file("log")); }

std::string FaultyWorker::await_log(const std::string& text) const {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string said = log();
  while (said.find(text) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    said = log();
  }
  INFO("the log:\n" << said);
  REQUIRE_THAT(said, Catch::Matchers::Contains(text));
  return said;
}

std::string FaultyWorker::await(const std::string& path, const std::string& pattern) const {
  const field_test::Result answer =
      field_test::run("field_http", {"GET", path, "--unix", folder_.file("state/control.sock"), "--until", pattern,
                                     "--timeout", std::to_string(kPatience.count())});
  INFO("wanted " << pattern << " in:\n" << answer.output << "\nthe log:\n" << log());
  REQUIRE(answer.status == 0);
  return answer.output;
}

void FaultyWorker::await_metric(const std::string& series, const std::string& value) const {
  std::string pattern;
  for (const char c : series) {
    if (c == '{' || c == '}') pattern += '\\';
    pattern += c;
  }
  static_cast<void>(await("/metrics", pattern + " " + value + "(\\.0*)?[^0-9.]"));
}

void FaultyWorker::expect_delivered(const std::string& name) const {
  await_metric("reprise_records_total{connector=\"" + name + "\",outcome=\"delivered\",task=\"0\"}", "3");
  await_metric("reprise_task_state{connector=\"" + name + "\",state=\"RUNNING\",task=\"0\"}", "1");
}

void FaultyWorker::expect_unharmed() {
  expect_delivered("healthy");
  add_good_connector("later").reload();
  expect_delivered("later");
}

}  // namespace reprise::contract
