#include "host/base/clock.hpp"

#include <ctime>

namespace reprise {
namespace {
std::int64_t read_ns(clockid_t which) {
  timespec t{};
  clock_gettime(which, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}
}  // namespace

BootTime SystemClock::boot() const { return {read_ns(CLOCK_BOOTTIME)}; }
std::int64_t SystemClock::wall_ms() const { return read_ns(CLOCK_REALTIME) / 1'000'000; }

}  // namespace reprise
