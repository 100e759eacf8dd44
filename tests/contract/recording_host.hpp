#pragma once
#include <map>
#include <string>
#include <vector>

#include "host/plugin/host_services.hpp"

namespace reprise::contract {

/// A host that writes down what a plugin asks of it, and holds tables and state in memory. One thread at a time.
class RecordingHost final : public plugin::HostServices {
 public:
  struct Settled {
    std::uint64_t handle;
    reprise_status status;
    std::int32_t code;
    std::string message;
    friend bool operator==(const Settled&, const Settled&) = default;
  };

  std::vector<std::string> lines;
  std::vector<std::string> reasons;  ///< of health
  std::vector<Settled> settled;
  std::map<std::string, std::uint64_t> metric_ids;
  std::map<std::uint64_t, double> measured;
  std::map<std::string, std::string, std::less<>> state;
  std::map<std::string, std::string, std::less<>> webhooks;  // the table of that name
  std::int64_t boot_ns = 1'000;

  bool log_enabled(std::int32_t) noexcept override { return true; }
  void log(std::int32_t level, std::string_view message, std::span<const reprise_option> fields) noexcept override;
  std::int64_t now(std::int32_t) noexcept override { return boot_ns; }
  std::uint64_t metric(std::int32_t kind, std::string_view name, std::string_view help,
                       std::span<const reprise_option> labels) noexcept override;
  void measure(std::uint64_t metric, double value) noexcept override { measured[metric] += value; }
  void health(std::string_view, std::int32_t, const reprise_error* why) noexcept override {
    reasons.emplace_back(why != nullptr ? why->message : "");
  }
  Result<> watch(std::int32_t, std::uint32_t) noexcept override { return {}; }
  void wake_at(std::int64_t) noexcept override {}
  void wake() noexcept override {}
  void resume(std::uint64_t) noexcept override {}
  std::uint64_t table(std::string_view name) noexcept override { return name == "webhooks" ? 1 : 0; }
  void lookup(std::uint64_t table, std::span<const reprise_bytes> keys, reprise_row* out) noexcept override;
  void settle(std::span<const reprise_settlement> settlements) noexcept override;
  const reprise_record* detach(const reprise_record* record) noexcept override { return record; }
  std::int64_t lease_ns(std::uint32_t) noexcept override { return INT64_MAX; }
  Result<> state_write(std::span<const reprise_state_op> changes) noexcept override;
  std::int32_t state_get(std::uint32_t slot, reprise_bytes key, reprise_bytes* value) noexcept override;
  std::int32_t state_scan(std::uint32_t slot, reprise_bytes prefix, reprise_bytes after,
                          std::span<reprise_entry> out) noexcept override;
};

/// Records with handles 1, 2, ... over these values, and the array of pointers that the boundary takes.
class RecordArray {
 public:
  explicit RecordArray(std::vector<std::string> values);
  const reprise_record* const* data() const { return pointers_.data(); }
  std::size_t size() const { return records_.size(); }
  reprise_record& operator[](std::size_t i) { return records_[i]; }

 private:
  std::vector<std::string> values_;
  std::vector<reprise_record> records_;
  std::vector<const reprise_record*> pointers_;
};

}  // namespace reprise::contract
