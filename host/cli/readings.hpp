#pragma once
#include <set>
#include <string>

#include "host/base/clock.hpp"
#include "host/config/problem.hpp"
#include "host/tables/tables.hpp"
#include "host/telemetry/health.hpp"
#include "host/telemetry/metrics.hpp"

namespace reprise::cli {

/// Tells what became of the files when they were last read, in log, metrics and health: of the configuration as a whole, and of each
/// table's file that changed since. Owned by the worker, for its thread.
class Readings {
 public:
  Readings(const Clock& clock, telemetry::Metrics& metrics, telemetry::Health& health);

  /// All files were taken: what was refused before is past.
  void taken(const std::string& changes);
  /// The new configuration was refused, the old one runs.
  void refused(const config::ConfigError& error);
  /// The file of a table was taken, or refused: then its old rows stay.
  void table_taken(const std::string& table, const tables::Change& change, std::size_t rows);
  void table_refused(const std::string& table, const config::ConfigError& error);

 private:
  void count(const char* result);
  void note();
  void refuse(const std::string& subject, const std::string& what, const config::ConfigError& error);

  const Clock& clock_;
  telemetry::Metrics& metrics_;
  telemetry::Health& health_;
  std::set<std::string> refused_;  // subjects of health
};

}  // namespace reprise::cli
