#include "host/telemetry/log.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <thread>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/telemetry/log_line.hpp"
#include "host/telemetry/log_sink.hpp"

namespace reprise::telemetry {
namespace {

constexpr std::chrono::milliseconds kSyncPatience{200};

struct LogState {
  std::atomic<Level> level{Level::Info};
  std::atomic<LogFormat> format{LogFormat::Text};
  std::atomic<std::uint64_t> sync_dropped{0};
  std::atomic<std::uint64_t> submitted{0};
  Mutex mutex;
  std::string file GUARDED_BY(mutex);
  std::shared_ptr<LogSink> sink GUARDED_BY(mutex);
  // The thread pool owns the writer thread; the logger refers to it weakly.
  std::shared_ptr<spdlog::details::thread_pool> pool GUARDED_BY(mutex);
  std::shared_ptr<spdlog::logger> logger GUARDED_BY(mutex);
  std::uint64_t past_dropped GUARDED_BY(mutex) = 0;
};

// Never freed: threads of plugins and static destructors may log until the very end.
LogState& state() {
  static LogState* const instance = new LogState;
  return *instance;
}

// Signals belong to the main thread; SIGPIPE of a closed stderr must be an error of write(2), not the end of the worker.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

Result<int> open_log_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd >= 0) return fd;
  return fatal("log.open", "cannot open the log file " + path + ": " + std::generic_category().message(errno) +
                               "; create its folder or choose another with --log-file");
}

std::string line_of(Level level, std::string_view message, std::span<const Field> fields) {
  const std::int64_t now = SystemClock().wall_ms();
  return state().format == LogFormat::Json ? json_line(now, level, message, fields)
                                           : text_line(now, level, message, fields);
}

}  // namespace

std::optional<Level> parse_level(std::string_view text) {
  if (text == "debug") return Level::Debug;
  if (text == "info") return Level::Info;
  if (text == "warn") return Level::Warn;
  if (text == "error") return Level::Error;
  return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::Text;
  if (text == "json") return LogFormat::Json;
  return std::nullopt;
}

Result<> configure_log(const LogOptions& options) {
  int fd = STDERR_FILENO;
  if (!options.file.empty()) {
    auto opened = open_log_file(options.file);
    if (!opened) return opened.error();
    fd = *opened;
  }
  LogState& log_state = state();
  MutexLock lock(log_state.mutex);
  log_state.level = options.level;
  log_state.format = options.format;
  log_state.file = options.file;
  if (!log_state.pool) {
    static const int registered = std::atexit([] { shutdown_log(); });
    static_cast<void>(registered);
    log_state.sink = std::make_shared<LogSink>();
    log_state.pool =
        std::make_shared<spdlog::details::thread_pool>(std::max<std::size_t>(options.queue_lines, 1), 1, block_signals);
    log_state.logger = std::make_shared<spdlog::async_logger>("reprise", log_state.sink, log_state.pool,
                                                              spdlog::async_overflow_policy::overrun_oldest);
    log_state.submitted = 0;
  }
  log_state.sink->replace(fd, !options.file.empty());
  return {};
}

Result<> reopen_log() {
  LogState& log_state = state();
  MutexLock lock(log_state.mutex);
  if (!log_state.sink || log_state.file.empty()) return {};
  auto opened = open_log_file(log_state.file);
  if (!opened) return opened.error();
  log_state.sink->replace(*opened, true);
  return {};
}

bool flush_log(std::chrono::milliseconds deadline) {
  LogState& log_state = state();
  std::shared_ptr<LogSink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  {
    MutexLock lock(log_state.mutex);
    sink = log_state.sink;
    pool = log_state.pool;
  }
  if (!pool) return true;
  // Lines leave the queue in order, written or overrun, so their number alone says when this call's predecessors are out.
  const std::uint64_t wanted = log_state.submitted;
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (sink->handled() + pool->overrun_counter() < wanted) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

void shutdown_log(std::chrono::milliseconds deadline) {
  flush_log(deadline);
  LogState& log_state = state();
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::logger> logger;
  std::shared_ptr<LogSink> sink;
  {
    MutexLock lock(log_state.mutex);
    pool = std::move(log_state.pool);
    logger = std::move(log_state.logger);
    sink = std::move(log_state.sink);
    if (sink) sink->stop_waiting(true);
    if (pool) log_state.past_dropped += pool->overrun_counter();
  }
  logger.reset();
  pool.reset();  // joins the writer, which no longer waits for a reader
  if (!sink) return;
  MutexLock lock(log_state.mutex);
  log_state.past_dropped += sink->dropped();
}

std::uint64_t dropped_log_lines() {
  LogState& log_state = state();
  MutexLock lock(log_state.mutex);
  std::uint64_t dropped = log_state.past_dropped + log_state.sync_dropped;
  if (log_state.sink) dropped += log_state.sink->dropped();
  if (log_state.pool) dropped += log_state.pool->overrun_counter();
  return dropped;
}

bool enabled(Level level) { return level >= state().level.load(std::memory_order_relaxed); }

void log(Level level, std::string_view message, std::span<const Field> fields) {
  if (!enabled(level)) return;
  const std::string line = line_of(level, message, fields);
  LogState& log_state = state();
  {
    // Submitting under the lock keeps the lines in the order of their count; it only moves a string into the queue.
    MutexLock lock(log_state.mutex);
    if (log_state.logger) {
      ++log_state.submitted;
      log_state.logger->log(spdlog::level::critical, spdlog::string_view_t(line.data(), line.size()));
      return;
    }
  }
  const auto end = std::chrono::steady_clock::now() + kSyncPatience;
  if (!write_line(STDERR_FILENO, line, [&] { return std::chrono::steady_clock::now() < end; }))
    ++log_state.sync_dropped;
}

}  // namespace reprise::telemetry
