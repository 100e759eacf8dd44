#pragma once
#include <reprise/plugin.h>

#include <cstddef>
#include <cstdint>

namespace reprise::plugin {

class Instance;

/// The C functions of reprise_host for one instance: each forwards to its HostServices. Texts
/// for people lose the values that must not be shown on the way. Nothing leaves them by an exception.
struct HostTable {
  /// Fills in everything but the values (instance, data_dir, max_in_flight_bytes).
  static void fill(reprise_host* host, Instance* instance);

 private:
  static void log(const reprise_host*, std::int32_t level, reprise_text message, const reprise_option* fields,
                  std::size_t count) noexcept;
  static void health(const reprise_host*, reprise_text subject, std::int32_t state, const reprise_error* why) noexcept;
  static void settle(const reprise_host*, const reprise_settlement* settlements, std::size_t count) noexcept;
  static void* shared(const reprise_host*, void* (*make)(void*), void (*destroy)(void*), void* argument) noexcept;
  static reprise_status check_address(const reprise_host*, reprise_bytes address, uint16_t port,
                                      const reprise_text* allow_cidrs, size_t count, reprise_error*) noexcept;
  static class HostServices& services(const reprise_host*) noexcept;
  static const Instance& instance(const reprise_host*) noexcept;
};

}  // namespace reprise::plugin
