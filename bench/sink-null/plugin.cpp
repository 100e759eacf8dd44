#include <reprise/sink.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/stopwatch.hpp"

namespace {

constexpr std::int64_t kTickNs = 1'000'000;    // how soon a sink that is at its limit looks again
constexpr std::int64_t kBurstNs = 20'000'000;  // what it may catch up: less than any stall worth finding

/// Settles what it takes at once. At its limit it takes no more and asks to be offered the rest a tick later.
class NullSink : public reprise::Sink {
 public:
  NullSink(reprise::Host host, const reprise::Options& options)
      : Sink(host),
        per_second_(options.integer("per_second", 0)),
        count_(static_cast<std::uint64_t>(options.integer("count", 0))),
        report_(options.text("report", "")) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    if (!stopwatch_.is_running()) {
      stopwatch_.start();
      paid_until_ns_ = host().boot_ns();
    }
    const std::size_t taken = std::min(records.size(), allowance());
    if (taken < records.size()) host().wake_at(host().boot_ns() + kTickNs);
    settlements_.clear();
    for (std::size_t i = 0; i < taken; ++i) settlements_.push_back(reprise::delivered(records[i].handle()));
    if (per_second_ > 0) paid_until_ns_ += static_cast<std::int64_t>(taken) * kSecondNs / per_second_;
    host().settle(settlements_);
    count(taken);
    return taken;
  }

  void wake(std::int64_t /*now_ns*/) { host().resume(0); }

 private:
  static constexpr std::int64_t kSecondNs = 1'000'000'000;

  std::size_t allowance() {
    if (per_second_ == 0) return SIZE_MAX;
    const std::int64_t now = host().boot_ns();
    paid_until_ns_ = std::max(paid_until_ns_, now - kBurstNs);
    return static_cast<std::size_t>(std::max<std::int64_t>(0, (now - paid_until_ns_) * per_second_ / kSecondNs));
  }

  void count(std::size_t taken) {
    const bool was_complete = settled_ >= count_;
    settled_ += taken;
    if (was_complete || settled_ < count_ || report_.empty()) return;
    const std::string aside = report_ + ".part";
    if (std::FILE* const file = std::fopen(aside.c_str(), "we")) {
      stopwatch_.report(file, settled_);
      std::fclose(file);
      std::rename(aside.c_str(), report_.c_str());
    }
  }

  std::int64_t per_second_;
  std::uint64_t count_;
  std::string report_;
  std::uint64_t settled_ = 0;
  std::int64_t paid_until_ns_ = 0;  // the time whose allowance is used up
  bench::Stopwatch stopwatch_;
  std::vector<reprise::Settlement> settlements_;
};

}  // namespace

REPRISE_SINK_PLUGIN(NullSink);
