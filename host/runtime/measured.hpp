#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <variant>

#include "host/base/mutex.hpp"
#include "host/telemetry/metrics.hpp"

namespace reprise::runtime {

/// The metrics of one plugin instance by the numbers that it has for them: 1, 2, ... Numbers it was not given do nothing, whatever
/// they are: so they are places in a table, and not addresses. measure() is wait-free, from any thread.
class Measured {
 public:
  using Metric = std::variant<telemetry::Counter*, telemetry::Gauge*, telemetry::Histogram*>;

  /// The same metric has the same number. 0: there is no more room.
  std::uint64_t number_of(Metric metric) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    const std::uint64_t count = count_.load(std::memory_order_relaxed);
    for (std::uint64_t number = 1; number <= count; ++number) {
      if (at(number) == metric) return number;
    }
    if (count == kBlocks * kBlock) return 0;
    if (count % kBlock == 0) blocks_[count / kBlock] = std::make_unique<Block>();
    at(count + 1) = metric;
    count_.store(count + 1, std::memory_order_release);
    return count + 1;
  }

  void measure(std::uint64_t number, double value) noexcept {
    if (number == 0 || number > count_.load(std::memory_order_acquire)) return;
    std::visit(
        [value](auto* metric) {
          using Kind = std::remove_pointer_t<decltype(metric)>;
          if constexpr (std::is_same_v<Kind, telemetry::Counter>) {
            metric->add(value);
          } else if constexpr (std::is_same_v<Kind, telemetry::Gauge>) {
            metric->set(value);
          } else {
            metric->observe(value);
          }
        },
        at(number));
  }

 private:
  static constexpr std::size_t kBlock = 64;
  static constexpr std::size_t kBlocks = 64;
  using Block = std::array<Metric, kBlock>;

  Metric& at(std::uint64_t number) { return (*blocks_[(number - 1) / kBlock])[(number - 1) % kBlock]; }

  Mutex mutex_;
  std::array<std::unique_ptr<Block>, kBlocks> blocks_;  // written before count_ says so, and never moved
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace reprise::runtime
