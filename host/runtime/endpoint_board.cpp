#include "host/runtime/endpoint_board.hpp"

#include <array>

namespace reprise::runtime {

std::string_view name_of(EndpointReport::State state) {
  constexpr std::array<std::string_view, 3> kNames = {"trouble", "slow", "waiting"};
  return kNames[static_cast<std::size_t>(state)];
}

void EndpointBoard::show(const void* owner, TaskEndpoints endpoints) {
  MutexLock lock(mutex_);
  std::swap(entries_[owner], endpoints);  // the old one is freed outside
}

void EndpointBoard::forget(const void* owner) {
  MutexLock lock(mutex_);
  entries_.erase(owner);
}

std::vector<TaskEndpoints> EndpointBoard::all() const {
  MutexLock lock(mutex_);
  std::vector<TaskEndpoints> result;
  for (const auto& [owner, endpoints] : entries_) result.push_back(endpoints);
  return result;
}

}  // namespace reprise::runtime
