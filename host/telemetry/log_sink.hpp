#pragma once
#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace reprise::telemetry {

/// Writes all of text to fd as long as that does not block; waits in steps of 100 ms while keep_waiting() says so.
/// False when something was not written.
template <class KeepWaiting>
bool write_line(int fd, std::string_view text, KeepWaiting keep_waiting) {
  while (!text.empty()) {
    pollfd waiting{fd, POLLOUT, 0};
    const int ready = ::poll(&waiting, 1, 100);
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) {
      if (!keep_waiting()) return false;
      continue;
    }
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// spdlog's sink over one file descriptor, run by its writer thread. A line is at most PIPE_BUF, so that write(2) does not
/// block once poll(2) has said that there is room. Private to the log.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ~LogSink() override { replace(-1, false); }

  /// From now on lines go to fd, which is closed here when it is owned.
  void replace(int fd, bool is_owned) {
    const std::lock_guard lock(mutex_);
    if (is_owned_) ::close(fd_);
    fd_ = fd;
    is_owned_ = is_owned;
  }
  /// Lines that cannot be written at once are dropped from here on.
  void stop_waiting(bool is_stopped) { is_stopped_ = is_stopped; }

  std::uint64_t handled() const { return handled_; }
  std::uint64_t dropped() const { return dropped_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view line(message.payload.data(), message.payload.size());
    if (!write_line(fd_, line, [this] { return !is_stopped_.load(); })) ++dropped_;
    ++handled_;
  }
  void flush_() override {}

 private:
  int fd_ = STDERR_FILENO;
  bool is_owned_ = false;
  std::atomic<bool> is_stopped_{false};
  std::atomic<std::uint64_t> handled_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace reprise::telemetry
