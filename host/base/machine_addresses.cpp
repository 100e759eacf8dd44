#include "host/base/machine_addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace reprise {
namespace {

constexpr std::chrono::seconds kKept{30};

template <class Field>
AddressRange range_of(const Field& field) {
  return AddressRange::of({reinterpret_cast<const std::uint8_t*>(&field), sizeof field});
}

}  // namespace

Result<std::vector<AddressRange>> interface_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return retriable("machine.addresses",
                     "cannot list this machine's addresses: " + std::system_category().message(errno));
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<AddressRange> addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;  // an interface without one
    if (entry->ifa_addr->sa_family == AF_INET)
      addresses.push_back(range_of(reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr));
    else if (entry->ifa_addr->sa_family == AF_INET6)
      addresses.push_back(range_of(reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr));
  }
  return addresses;
}

MachineAddresses::MachineAddresses(const Clock& clock, Look look) : clock_(clock), look_(std::move(look)) {}

bool MachineAddresses::hold(std::span<const std::uint8_t> address) {
  const MutexLock lock(mutex_);
  if (clock_.boot() >= stale_at_) static_cast<void>(look_again());
  return find_range(known_, address) != nullptr;
}

Result<> MachineAddresses::refresh() {
  const MutexLock lock(mutex_);
  return look_again();
}

Result<> MachineAddresses::look_again() {
  stale_at_ = clock_.boot() + kKept;
  auto looked = look_();
  if (!looked) return looked.error();
  known_ = *std::move(looked);
  return {};
}

}  // namespace reprise
