#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "host/base/address_range.hpp"
#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"

namespace reprise {

/// The addresses of this machine's interfaces, each a range of its own; getifaddrs(3).
Result<std::vector<AddressRange>> interface_addresses();

/// Which addresses are this machine's own, as it was at most 30 s ago. One per worker; the clock outlives it. Thread-safe.
/// Not asked of the kernel for each address: neither the routes (a second address of an interface has the first one's name)
/// nor bind (net.ipv4.ip_nonlocal_bind) answer that.
class MachineAddresses {
 public:
  using Look = std::function<Result<std::vector<AddressRange>>()>;
  explicit MachineAddresses(const Clock& clock, Look look = interface_addresses);

  bool hold(std::span<const std::uint8_t> address);
  /// Looks now. Not OK: what was known before is kept, and tried again in 30 s.
  Result<> refresh();

 private:
  Result<> look_again() REQUIRES(mutex_);

  const Clock& clock_;
  const Look look_;
  Mutex mutex_;
  std::vector<AddressRange> known_ GUARDED_BY(mutex_);
  BootTime stale_at_ GUARDED_BY(mutex_);  // at first: since ever
};

}  // namespace reprise
