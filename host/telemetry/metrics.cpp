#include "host/telemetry/metrics.hpp"

#include <prometheus/check_names.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>
#include <utility>

#include "host/base/mutex.hpp"
#include "host/telemetry/json_text.hpp"
#include "host/telemetry/log.hpp"
#include "host/telemetry/metric_names.hpp"

namespace reprise::telemetry {

const std::vector<double> kLatencyBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                          0.5,   1,      2.5,   5,    10,    30,   60};

namespace {

constexpr std::size_t kMaxLabelBytes = 128;
constexpr std::size_t kMaxLabels = 16;
/// Hidden series keep their memory, because references to them live on; this many times the bound of visible ones.
constexpr std::size_t kHiddenFactor = 10;
constexpr std::size_t kMaxRefusedNames = 100;

struct Series {
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<Histogram> histogram;
  bool is_hidden = false;
};

struct Family {
  MetricKind kind = MetricKind::Counter;
  std::string help;
  std::map<Labels, Series> series;
  std::size_t visible = 0;
};

std::string clean_label_value(std::string_view value) {
  std::string clean = is_utf8(value) ? std::string(value) : std::string();
  if (clean.size() != value.size()) {
    for (const char c : value) clean += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  }
  return cut_text(clean, kMaxLabelBytes);
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\\'; }, ' ');
  return line;
}

bool are_valid(const Labels& labels, MetricKind kind) {
  if (labels.size() > kMaxLabels) return false;
  return std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
    return prometheus::CheckLabelName(label.first) && !(kind == MetricKind::Histogram && label.first == "le");
  });
}

bool match(const MetricSpec& spec, MetricKind kind, const Labels& labels) {
  std::size_t wanted = 0;
  for (const std::string_view label : spec.labels) {
    if (label.empty()) continue;
    ++wanted;
    if (!labels.contains(std::string(label))) return false;
  }
  return spec.kind == kind && wanted == labels.size();
}

bool carries(const Labels& labels, const Labels& owner) {
  return std::all_of(owner.begin(), owner.end(), [&](const auto& label) {
    const auto it = labels.find(label.first);
    return it != labels.end() && it->second == label.second;
  });
}

bool is_known(const Series& series) { return !series.gauge || !std::isnan(series.gauge->value()); }

prometheus::ClientMetric sample(const Series& series, const Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  if (series.counter) metric.counter.value = series.counter->value();
  if (series.gauge) metric.gauge.value = series.gauge->value();
  if (series.histogram) {
    const Histogram& histogram = *series.histogram;
    std::uint64_t cumulated = 0;
    for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
      cumulated += histogram.count(i);
      const double bound =
          i < histogram.bounds().size() ? histogram.bounds()[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({cumulated, bound});
    }
    metric.histogram.sample_count = cumulated;
    metric.histogram.sample_sum = histogram.sum();
  }
  return metric;
}

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::Counter:
      return prometheus::MetricType::Counter;
    case MetricKind::Gauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::Histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds) : bounds_(bounds.begin(), bounds.end()) {
  std::erase_if(bounds_, [](double bound) { return !(bound < std::numeric_limits<double>::infinity()); });
  std::sort(bounds_.begin(), bounds_.end());
  bounds_.erase(std::unique(bounds_.begin(), bounds_.end()), bounds_.end());
  counts_ = std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1);
}

void Histogram::observe(double value) noexcept {
  const auto it = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  counts_[static_cast<std::size_t>(it - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

struct Metrics::State {
  Options options;
  Mutex mutex;
  std::map<std::string, Family, std::less<>> families GUARDED_BY(mutex);
  std::set<std::string, std::less<>> refused GUARDED_BY(mutex);
  Counter discarded_counter;
  Gauge discarded_gauge;
  Histogram discarded_histogram{std::span<const double>{}};
  // Apart from `mutex`, because hooks look series up. Held while hooks run, so that a Hook's end waits for them.
  Mutex hooks_mutex;
  std::map<std::uint64_t, std::function<void()>> hooks GUARDED_BY(hooks_mutex);
  std::uint64_t next_hook GUARDED_BY(hooks_mutex) = 1;

  /// Says once per name that it is not counted.
  void refuse(std::string_view name, std::string_view reason) EXCLUDES(mutex) {
    {
      MutexLock lock(mutex);
      if (refused.size() >= kMaxRefusedNames || !refused.emplace(name).second) return;
    }
    warn("metric is not exposed", {{"kind", "metric.refused"}, {"metric", name}, {"reason", reason}});
  }

  /// The visible series of these labels, made where it is missing; null, with the reason, when it cannot be.
  Series* find(std::string_view name, MetricKind kind, std::string_view help, const Labels& labels,
               std::string_view& reason) REQUIRES(mutex) {
    if (!are_valid(labels, kind)) {
      reason = "a label name is letters, digits and _, does not start with a digit or __, and there are at most 16";
      return nullptr;
    }
    auto family = families.find(name);
    if (family == families.end()) {
      if (!prometheus::CheckMetricName(std::string(name))) {
        reason = "a name is letters, digits, _ and :, not starting with a digit";
        return nullptr;
      }
      if (families.size() >= options.max_names) {
        reason = "there are too many names";
        return nullptr;
      }
      family =
          families
              .try_emplace(std::string(name), Family{.kind = kind, .help = one_line(help), .series = {}, .visible = 0})
              .first;
    }
    Family& found = family->second;
    if (found.kind != kind) {
      reason = "the name is in use as another kind of metric";
      return nullptr;
    }
    Labels clean;
    for (const auto& [key, value] : labels) clean.emplace(key, clean_label_value(value));
    auto it = found.series.find(clean);
    const bool is_full = found.visible >= options.max_series_per_name ||
                         found.series.size() >= kHiddenFactor * options.max_series_per_name;
    if (is_full && (it == found.series.end() || it->second.is_hidden)) {
      for (auto& [key, value] : clean) value = "other";
      it = found.series.find(clean);
    }
    if (it == found.series.end()) {
      it = found.series.try_emplace(std::move(clean)).first;
      ++found.visible;
    } else if (it->second.is_hidden) {
      it->second.is_hidden = false;
      ++found.visible;
    }
    return &it->second;
  }
};

Metrics::Metrics() : Metrics(Options{}) {}
Metrics::Metrics(Options options) : state_(std::make_unique<State>()) { state_->options = options; }
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  std::string_view reason;
  {
    MutexLock lock(state_->mutex);
    if (Series* series = state_->find(name, MetricKind::Counter, help, labels, reason)) {
      if (!series->counter) series->counter = std::make_unique<Counter>();
      return *series->counter;
    }
  }
  state_->refuse(name, reason);
  return state_->discarded_counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  std::string_view reason;
  {
    MutexLock lock(state_->mutex);
    if (Series* series = state_->find(name, MetricKind::Gauge, help, labels, reason)) {
      if (!series->gauge) series->gauge = std::make_unique<Gauge>();
      return *series->gauge;
    }
  }
  state_->refuse(name, reason);
  return state_->discarded_gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels,
                              std::span<const double> buckets) {
  std::string_view reason;
  {
    MutexLock lock(state_->mutex);
    if (Series* series = state_->find(name, MetricKind::Histogram, help, labels, reason)) {
      if (!series->histogram) series->histogram = std::make_unique<Histogram>(buckets);
      return *series->histogram;
    }
  }
  state_->refuse(name, reason);
  return state_->discarded_histogram;
}

Counter& Metrics::counter(const MetricSpec& spec, const Labels& labels) {
  if (match(spec, MetricKind::Counter, labels)) return counter(spec.name, spec.help, labels);
  state_->refuse(spec.name, "kind or labels are not those of the contract");
  return state_->discarded_counter;
}

Gauge& Metrics::gauge(const MetricSpec& spec, const Labels& labels) {
  if (match(spec, MetricKind::Gauge, labels)) return gauge(spec.name, spec.help, labels);
  state_->refuse(spec.name, "kind or labels are not those of the contract");
  return state_->discarded_gauge;
}

Histogram& Metrics::histogram(const MetricSpec& spec, const Labels& labels) {
  if (match(spec, MetricKind::Histogram, labels)) return histogram(spec.name, spec.help, labels);
  state_->refuse(spec.name, "kind or labels are not those of the contract");
  return state_->discarded_histogram;
}

void Metrics::remove(const Labels& owner) {
  Labels clean;
  for (const auto& [key, value] : owner) clean.emplace(key, clean_label_value(value));
  MutexLock lock(state_->mutex);
  for (auto& [name, family] : state_->families) {
    for (auto& [labels, series] : family.series) {
      if (series.is_hidden || !carries(labels, clean)) continue;
      series.is_hidden = true;
      --family.visible;
    }
  }
}

Metrics::Hook Metrics::on_scrape(std::function<void()> hook) {
  MutexLock lock(state_->hooks_mutex);
  const std::uint64_t id = state_->next_hook++;
  state_->hooks.emplace(id, std::move(hook));
  return Hook(state_.get(), id);
}

std::string Metrics::expose() const {
  {
    MutexLock lock(state_->hooks_mutex);
    for (const auto& [id, hook] : state_->hooks) hook();
  }
  std::vector<prometheus::MetricFamily> families;
  {
    MutexLock lock(state_->mutex);
    for (const auto& [name, family] : state_->families) {
      if (family.visible == 0) continue;
      prometheus::MetricFamily out{name, family.help, type_of(family.kind), {}};
      for (const auto& [labels, series] : family.series) {
        if (!series.is_hidden && is_known(series)) out.metric.push_back(sample(series, labels));
      }
      if (!out.metric.empty()) families.push_back(std::move(out));
    }
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

Metrics::Hook::Hook(Hook&& other) noexcept : state_(std::exchange(other.state_, nullptr)), id_(other.id_) {}

Metrics::Hook& Metrics::Hook::operator=(Hook&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(id_, other.id_);
  return *this;
}

Metrics::Hook::~Hook() {
  if (state_ == nullptr) return;
  MutexLock lock(state_->hooks_mutex);
  state_->hooks.erase(id_);
}

}  // namespace reprise::telemetry
