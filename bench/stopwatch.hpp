#pragma once
#include <sys/resource.h>
#include <time.h>

#include <cstdint>
#include <cstdio>

namespace bench {

/// Seconds of a clock: CLOCK_BOOTTIME to measure with, CLOCK_REALTIME to compare with another process.
inline double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// CPU seconds of this process, all threads, user and system.
inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// What a stretch of work took. Baseline and candidate use the same one: both count from their first record to their last.
class Stopwatch {
 public:
  void start() {
    is_running_ = true;
    first_wall_ = seconds_of(CLOCK_REALTIME);
    wall_ = seconds_of(CLOCK_BOOTTIME);
    cpu_ = cpu_seconds();
  }
  bool is_running() const { return is_running_; }

  /// One line of name=value; first_wall_ms is the wall time of start().
  void report(std::FILE* file, std::uint64_t records) const {
    std::fprintf(file, "records=%llu seconds=%.6f cpu_seconds=%.6f first_wall_ms=%.3f\n",
                 static_cast<unsigned long long>(records), seconds_of(CLOCK_BOOTTIME) - wall_, cpu_seconds() - cpu_,
                 first_wall_ * 1e3);
  }

 private:
  bool is_running_ = false;
  double first_wall_ = 0;
  double wall_ = 0;
  double cpu_ = 0;
};

}  // namespace bench
