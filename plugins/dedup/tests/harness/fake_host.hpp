#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace reprise::dedup::test {

/// A host for one transform: state in maps, clocks that stand still, metrics that can be read. What state_write wrote is
/// visible at once and durable with commit; crash forgets what was not committed.
class FakeHost {
 public:
  FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const reprise_host* table() const { return &table_; }

  void commit();
  void crash();
  std::map<std::string, std::string>& state(std::uint32_t slot) { return visible_[slot]; }
  /// Of a metric, "name" or "name{kind=repeat}"; 0 if it was never measured.
  double metric(const std::string& name) const;

  std::int64_t wall_ms = 1'795'256'000'000;
  std::int64_t boot_ns = 1'000'000'000;
  std::int64_t wake_at_ns = INT64_MAX;
  std::int32_t health = REPRISE_UP;
  bool fails_reads = false;

 private:
  static FakeHost& of(const reprise_host* host) { return *static_cast<FakeHost*>(host->impl); }

  struct Metric {
    std::int32_t kind = 0;
    double value = 0;
  };

  using States = std::map<std::uint32_t, std::map<std::string, std::string>>;
  struct Change {
    std::uint32_t slot;
    std::int32_t op;
    std::string key;
    std::string value;
  };
  static void change_in(States& states, const Change& change);

  reprise_host table_{};
  States visible_;
  States durable_;
  std::vector<Change> uncommitted_;
  std::map<std::string, std::uint64_t> metric_numbers_;
  std::map<std::uint64_t, Metric> metrics_;
};

}  // namespace reprise::dedup::test
