#include "in_flight.hpp"

namespace reprise::dedup {

const InFlight::Leader* InFlight::find(std::uint32_t slot, const Hash& hash) const noexcept {
  for (std::uint32_t at = chains_[chain_of(slot, hash)]; at != kNone; at = entries_[at].next) {
    const Leader& leader = entries_[at].leader;
    if (leader.hash == hash && leader.slot == slot) {
      return &leader;
    }
  }
  return nullptr;
}

std::uint64_t InFlight::add(const Leader& leader) {
  if (size_ >= chains_.size()) {
    grow();
  }
  std::uint32_t index = free_;
  if (index == kNone) {
    index = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    free_ = entries_[index].next;
  }
  Entry& entry = entries_[index];
  std::uint32_t& head = chains_[chain_of(leader.slot, leader.hash)];
  entry.leader = leader;
  entry.is_used = true;
  entry.next = head;
  head = index;
  ++size_;
  return (std::uint64_t{entry.generation} << 32) | index;
}

bool InFlight::take(std::uint64_t tag, Leader* leader) noexcept {
  const auto index = static_cast<std::uint32_t>(tag);
  if (index >= entries_.size() || !entries_[index].is_used || entries_[index].generation != tag >> 32) {
    return false;
  }
  *leader = entries_[index].leader;
  remove(index);
  return true;
}

void InFlight::forget(std::uint32_t slot) noexcept {
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    if (entries_[index].is_used && entries_[index].leader.slot == slot) {
      remove(index);
    }
  }
}

void InFlight::remove(std::uint32_t index) noexcept {
  Entry& entry = entries_[index];
  std::uint32_t* link = &chains_[chain_of(entry.leader.slot, entry.leader.hash)];
  while (*link != index) {
    link = &entries_[*link].next;
  }
  *link = entry.next;
  entry.is_used = false;
  entry.generation = entry.generation == UINT32_MAX ? 1 : entry.generation + 1;
  entry.next = free_;
  free_ = index;
  --size_;
}

void InFlight::grow() {
  chains_.assign(chains_.size() * 2, kNone);
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    if (entries_[index].is_used) {
      std::uint32_t& head = chains_[chain_of(entries_[index].leader.slot, entries_[index].leader.hash)];
      entries_[index].next = head;
      head = index;
    }
  }
}

}  // namespace reprise::dedup
