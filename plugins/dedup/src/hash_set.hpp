#pragma once
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#include "hash.hpp"

namespace reprise::dedup {

/// An exact set of hashes: open addressing, linear probing, at most three quarters full. Hashes are uniform, so their low bits
/// are the place. Empty it uses no memory. Not thread-safe.
class HashSet {
 public:
  bool contains(const Hash& hash) const noexcept {
    if (capacity_ == 0) {
      return false;
    }
    for (std::size_t at = place(hash);; at = (at + 1) & (capacity_ - 1)) {
      const Hash& there = slots_[at];
      if (there == hash) {
        return true;
      }
      if (there.is_zero()) {
        return false;
      }
    }
  }
  /// Asks for the memory that contains(hash) will read.
  void prefetch(const Hash& hash) const noexcept {
    if (capacity_ != 0) {
      __builtin_prefetch(&slots_[place(hash)]);
    }
  }
  /// False: it was there already. REQUIRES: !hash.is_zero()
  bool insert(const Hash& hash) {
    if (is_full()) {
      grow();
    }
    if (!place_in(slots_.get(), capacity_, hash)) {
      return false;
    }
    ++size_;
    return true;
  }

  /// The next insert takes twice the memory.
  bool is_full() const noexcept { return (size_ + 1) * 4 > capacity_ * 3; }
  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return capacity_ * sizeof(Hash); }
  std::size_t bytes_when_grown() const noexcept { return (capacity_ == 0 ? kFirst : capacity_ * 2) * sizeof(Hash); }

 private:
  static constexpr std::size_t kFirst = 64;
  struct Free {
    void operator()(Hash* slots) const noexcept { std::free(slots); }
  };

  std::size_t place(const Hash& hash) const noexcept { return hash.low & (capacity_ - 1); }

  static bool place_in(Hash* slots, std::size_t capacity, const Hash& hash) noexcept {
    std::size_t at = hash.low & (capacity - 1);
    for (; !slots[at].is_zero(); at = (at + 1) & (capacity - 1)) {
      if (slots[at] == hash) {
        return false;
      }
    }
    slots[at] = hash;
    return true;
  }

  void grow() {
    const std::size_t capacity = capacity_ == 0 ? kFirst : capacity_ * 2;
    // calloc: a large table's pages are the kernel's zero page until they are written.
    std::unique_ptr<Hash[], Free> slots(static_cast<Hash*>(std::calloc(capacity, sizeof(Hash))));
    if (slots == nullptr) {
      throw std::bad_alloc();
    }
    for (std::size_t i = 0; i < capacity_; ++i) {
      if (!slots_[i].is_zero()) {
        place_in(slots.get(), capacity, slots_[i]);
      }
    }
    slots_ = std::move(slots);
    capacity_ = capacity;
  }

  std::unique_ptr<Hash[], Free> slots_;
  std::size_t capacity_ = 0;  // a power of two, or 0
  std::size_t size_ = 0;
};

}  // namespace reprise::dedup
