#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <utility>

namespace reprise::runtime {

/// A source's batch, lent to the runtime, given back when nobody refers to it any more. Counted without atomics: it lives on
/// its shard's thread.
class Batch {
 public:
  explicit Batch(const reprise_batch& lent) : lent_(lent) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch() {
    if (lent_.release != nullptr) lent_.release(&lent_);
  }

  const reprise_batch& lent() const { return lent_; }
  reprise_record& record(std::size_t index) { return lent_.records[index]; }
  std::size_t count() const { return lent_.count; }

 private:
  friend class BatchRef;
  reprise_batch lent_;
  std::uint32_t references_ = 0;
};

/// Keeps a Batch, and with it the bytes of all its records.
class BatchRef {
 public:
  BatchRef() = default;
  explicit BatchRef(Batch* batch) : batch_(batch) {
    if (batch_ != nullptr) ++batch_->references_;
  }
  BatchRef(const BatchRef& other) : BatchRef(other.batch_) {}
  BatchRef(BatchRef&& other) noexcept : batch_(std::exchange(other.batch_, nullptr)) {}
  BatchRef& operator=(BatchRef other) noexcept {
    std::swap(batch_, other.batch_);
    return *this;
  }
  ~BatchRef() { reset(); }

  void reset() {
    if (batch_ != nullptr && --batch_->references_ == 0) delete batch_;
    batch_ = nullptr;
  }
  Batch* operator->() const { return batch_; }
  Batch& operator*() const { return *batch_; }
  explicit operator bool() const { return batch_ != nullptr; }

 private:
  Batch* batch_ = nullptr;
};

}  // namespace reprise::runtime
