#include "host/cli/readings.hpp"

#include <algorithm>

#include "host/cli/changes.hpp"
#include "host/telemetry/log.hpp"
#include "host/telemetry/metric_names.hpp"

namespace reprise::cli {
namespace {

constexpr const char* kSubject = "configuration";
constexpr std::size_t kShownProblems = 100;  // nobody reads more of a file that is no configuration

std::string subject_of(const std::string& table) { return "tables." + table; }

// A line for each: a line has its limit, and a person wants to see all.
void log_problems(const std::string& what, const config::ConfigError& error) {
  const auto& problems = error.problems();
  for (std::size_t i = 0; i < std::min(problems.size(), kShownProblems); ++i)
    telemetry::error(what + config::format(problems[i]), {{"kind", "config"}});
}

}  // namespace

// The first reading counts as well: an alert on the age or the success of the last one needs a value from the start.
Readings::Readings(const Clock& clock, telemetry::Metrics& metrics, telemetry::Health& health)
    : clock_(clock), metrics_(metrics), health_(health) {
  for (const char* result : {"taken", "refused"})
    static_cast<void>(metrics_.counter(telemetry::kConfigReloadTotal, {{"result", result}}));
  note();
}

void Readings::taken(const std::string& changes) {
  telemetry::info("configuration taken: " + changes);
  for (const std::string& subject : refused_) health_.clear(subject);
  refused_.clear();
  count("taken");
}

void Readings::refused(const config::ConfigError& error) {
  log_problems("configuration refused: ", error);
  telemetry::error("the new configuration was not taken, the old one stays",
                   {{"kind", "config"}, {"problems", error.count()}});
  refuse(kSubject, "the new configuration was refused, the old one runs: ", error);
}

void Readings::table_taken(const std::string& table, const tables::Change& change, std::size_t rows) {
  telemetry::info("table taken: tables." + table + " " + to_text(change), {{"table", table}, {"rows", rows}});
  if (refused_.erase(subject_of(table)) > 0) health_.clear(subject_of(table));
  count("taken");
}

void Readings::table_refused(const std::string& table, const config::ConfigError& error) {
  log_problems("table refused: ", error);
  telemetry::error("the new file of a table was not taken, the old rows stay",
                   {{"kind", "config"}, {"table", table}, {"problems", error.count()}});
  refuse(subject_of(table), "the table's new file was refused, the old rows stay: ", error);
}

void Readings::refuse(const std::string& subject, const std::string& what, const config::ConfigError& error) {
  refused_.insert(subject);
  std::string reason = what + config::format(error.problems().front());
  if (error.count() > 1) reason += " and " + std::to_string(error.count() - 1) + " more";
  health_.set(subject, telemetry::HealthState::Degraded, reason);
  count("refused");
}

void Readings::count(const char* result) {
  metrics_.counter(telemetry::kConfigReloadTotal, {{"result", result}}).add(1);
  note();
}

void Readings::note() {
  metrics_.gauge(telemetry::kConfigReloadSuccess).set(refused_.empty() ? 1 : 0);
  metrics_.gauge(telemetry::kConfigReloadTimestamp).set(static_cast<double>(clock_.wall_ms()) / 1000);
}

}  // namespace reprise::cli
