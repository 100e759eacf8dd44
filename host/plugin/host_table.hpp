#pragma once
#include <reprise/plugin.h>

namespace reprise::plugin {

class Instance;

/// The C functions of reprise_host for one instance: each forwards to its HostServices. Nothing leaves them by an exception.
struct HostTable {
  /// Fills in everything but the values (instance, data_dir, max_in_flight_bytes).
  static void fill(reprise_host* host, Instance* instance);

 private:
  static void* shared(const reprise_host*, void* (*make)(void*), void (*destroy)(void*), void* argument) noexcept;
  static reprise_status check_address(const reprise_host*, reprise_bytes address, uint16_t port,
                                      const reprise_text* allow_cidrs, size_t count, reprise_error*) noexcept;
  static class HostServices& services(const reprise_host*) noexcept;
};

}  // namespace reprise::plugin
