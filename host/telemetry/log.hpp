#pragma once
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "host/base/result.hpp"

namespace reprise::telemetry {

enum class Level { Debug, Info, Warn, Error };
enum class LogFormat { Text, Json };

std::optional<Level> parse_level(std::string_view text);
std::optional<LogFormat> parse_log_format(std::string_view text);

/// One `key=value` behind a message. Keys are literals of ours; values may come from strangers and are escaped and cut.
struct Field {
  Field(std::string_view field_key, std::string_view text) : key(field_key), value(text) {}
  Field(std::string_view field_key, std::string text) : key(field_key), value(std::move(text)) {}
  Field(std::string_view field_key, const char* text) : key(field_key), value(text) {}
  Field(std::string_view field_key, bool truth) : key(field_key), value(truth ? "true" : "false"), is_bare(true) {}
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) Field(std::string_view field_key, T number)
      : key(field_key), value(std::to_string(number)), is_bare(true) {}

  std::string_view key;
  std::string value;
  bool is_bare = false;  ///< a number or a truth value: written without quotes in JSON
};

struct LogOptions {
  Level level = Level::Info;
  LogFormat format = LogFormat::Text;
  std::string file{};  ///< empty: stderr
  std::size_t queue_lines =
      1024;  ///< lines that may wait for a slow reader; beyond it the oldest is dropped and counted
};

/// Turns the process's log to these options and starts its writer thread; may be called again (a reload). Until the first
/// call, and after shutdown_log(), lines go straight to stderr. Thread-safe. On failure nothing changes.
///
/// Lines are written by one thread behind a bounded queue, not by the caller: stderr is usually a pipe, and a reader that
/// stops (a terminal in selection, a stuck journal) must never stop delivery. The price is that lines still queued are
/// lost with a SIGKILL.
Result<> configure_log(const LogOptions& options);

/// Opens the log file again under its name (log rotation, SIGHUP). Nothing to do on stderr. On failure the old one stays.
Result<> reopen_log();

/// Waits until everything logged before this call is written, at most `deadline`. False when time passed.
bool flush_log(std::chrono::milliseconds deadline = std::chrono::seconds(2));

/// Flushes, stops and joins the writer thread. Idempotent; also runs at exit. Takes at most about `deadline` even when
/// nobody reads stderr.
void shutdown_log(std::chrono::milliseconds deadline = std::chrono::seconds(2));

/// Lines lost since start: queue full, or the reader stalled.
std::uint64_t dropped_log_lines();

bool enabled(Level level);
void log(Level level, std::string_view message, std::span<const Field> fields);

inline void log(Level level, std::string_view message, std::initializer_list<Field> fields = {}) {
  log(level, message, std::span<const Field>(fields.begin(), fields.size()));
}
inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  log(Level::Debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  log(Level::Info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  log(Level::Warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  log(Level::Error, message, fields);
}

}  // namespace reprise::telemetry
