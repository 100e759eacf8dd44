#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "host/base/result.hpp"

namespace reprise::plugin {

/// What a plugin's instance may ask of the host: reprise_host, one function each, with the same meaning, threads and lifetimes
/// (plugin.h). The runtime implements it, one object for an instance, which outlives the instance. Nothing may throw;
/// views are lent for the call. Not here, because an Instance answers them itself: shared and check_address. Not here,
/// because they are not offered in 0.2: table_put, emit, alloc, decide, state_floor.
class HostServices {
 public:
  virtual ~HostServices() = default;

  // Everybody.
  virtual bool log_enabled(std::int32_t level) noexcept = 0;
  virtual void log(std::int32_t level, std::string_view message, std::span<const reprise_option> fields) noexcept = 0;
  virtual std::int64_t now(std::int32_t clock) noexcept = 0;
  virtual std::uint64_t metric(std::int32_t kind, std::string_view name, std::string_view help,
                               std::span<const reprise_option> labels) noexcept = 0;
  virtual void measure(std::uint64_t metric, double value) noexcept = 0;
  virtual void health(std::string_view subject, std::int32_t state, const reprise_error* why) noexcept = 0;
  virtual Result<> watch(std::int32_t fd, std::uint32_t events) noexcept = 0;
  virtual void wake_at(std::int64_t at_ns) noexcept = 0;
  virtual void wake() noexcept = 0;
  virtual void resume(std::uint64_t slot_or_group) noexcept = 0;
  virtual std::uint64_t table(std::string_view name) noexcept = 0;
  /// out has keys.size() rows.
  virtual void lookup(std::uint64_t table, std::span<const reprise_bytes> keys, reprise_row* out) noexcept = 0;

  // Sinks.
  virtual void settle(std::span<const reprise_settlement> settlements) noexcept = 0;
  virtual const reprise_record* detach(const reprise_record* record) noexcept = 0;
  virtual std::int64_t lease_ns(std::uint32_t slot) noexcept = 0;

  // Transforms.
  virtual Result<> state_write(std::span<const reprise_state_op> changes) noexcept = 0;
  virtual std::int32_t state_get(std::uint32_t slot, reprise_bytes key, reprise_bytes* value) noexcept = 0;
  virtual std::int32_t state_scan(std::uint32_t slot, reprise_bytes prefix, reprise_bytes after,
                                  std::span<reprise_entry> out) noexcept = 0;
};

}  // namespace reprise::plugin
