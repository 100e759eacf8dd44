#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::telemetry {

using Labels = std::map<std::string, std::string>;

/// A number that only grows. Lives as long as its Metrics. Lock-free, any thread.
class Counter {
 public:
  /// Negative amounts are ignored.
  void add(double amount = 1) noexcept {
    if (amount > 0) value_.fetch_add(amount, std::memory_order_relaxed);
  }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// A number that goes up and down; NaN: unknown, and not exposed. Lives as long as its Metrics. Lock-free, any thread.
class Gauge {
 public:
  void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(double amount) noexcept { value_.fetch_add(amount, std::memory_order_relaxed); }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Counts of observations at or below fixed bounds. Lives as long as its Metrics. Lock-free, any thread.
class Histogram {
 public:
  /// Bounds are sorted and made unique; an infinite one is implied.
  explicit Histogram(std::span<const double> bounds);

  void observe(double value) noexcept;

  const std::vector<double>& bounds() const { return bounds_; }
  /// Observations in bucket i alone, not cumulated; i == bounds().size() is the rest.
  std::uint64_t count(std::size_t i) const { return counts_[i].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

/// Seconds, 1 ms to 60 s.
extern const std::vector<double> kLatencyBuckets;

struct MetricSpec;

/// Everything the process counts, and its text form for Prometheus. One per process, passed in. Thread-safe: look up once,
/// keep the reference, count without a lock. References stay valid for the life of Metrics, also after remove().
/// A name or label that the format does not allow, or a name asked for as another kind, yields an object that works but is
/// not exposed, and one log line: a plugin's typing error must not stop a task.
class Metrics {
 public:
  struct Options {
    /// Series per name. What comes later has all its label values collapsed to "other", so that a label that turns out to
    /// be unbounded costs precision and not memory.
    std::size_t max_series_per_name = 1000;
    std::size_t max_names = 1000;
  };
  /// Keeps a scrape hook alive; when it goes, the hook is not running and never runs again.
  class Hook;

  Metrics();
  explicit Metrics(Options options);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {},
                       std::span<const double> buckets = kLatencyBuckets);

  /// The same by a name of the contract (metric_names.hpp); labels other than the contract's are refused like a bad name.
  Counter& counter(const MetricSpec& spec, const Labels& labels = {});
  Gauge& gauge(const MetricSpec& spec, const Labels& labels = {});
  Histogram& histogram(const MetricSpec& spec, const Labels& labels = {});

  /// Hides every series that carries all of these labels (`{{"connector", "x"}}` when x is deleted). Asked for again, it
  /// comes back and goes on from its value.
  void remove(const Labels& owner);

  /// Runs `hook` before every expose(), for gauges that are computed when somebody looks. It must be quick, and must
  /// neither call expose() nor drop a Hook. REQUIRES: Metrics outlives the Hook.
  [[nodiscard]] Hook on_scrape(std::function<void()> hook);

  /// Prometheus's text format 0.0.4, names in order.
  std::string expose() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Metrics::Hook {
 public:
  Hook() = default;
  Hook(Hook&& other) noexcept;
  Hook& operator=(Hook&& other) noexcept;
  ~Hook();

 private:
  friend class Metrics;
  Hook(State* state, std::uint64_t id) : state_(state), id_(id) {}
  State* state_ = nullptr;
  std::uint64_t id_ = 0;
};

}  // namespace reprise::telemetry
