#pragma once
#include <cstdint>

namespace reprise::runtime {

/// How many bytes of keys and values a task may have read and not settled, wherever they wait: in the rings of its scans,
/// before a transform, in a lane, for a retry, with a sink. Charged batch by batch when the source gives them, given back
/// record by record. Owned by its task, on the shard's thread.
///
/// It holds back the reading only. What was read goes on in any case, so records that wait in one partition's ring never
/// keep another's from being settled; and a record is larger than the budget at times, which is known only once it is here.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t limit) : limit_(limit) {}

  void charge(std::uint64_t bytes) { used_ += bytes; }
  void give_back(std::uint64_t bytes) { used_ -= bytes; }
  std::uint64_t used() const { return used_; }
  std::uint64_t left() const { return limit_ > used_ ? limit_ - used_ : 0; }

 private:
  const std::uint64_t limit_;
  std::uint64_t used_ = 0;
};

}  // namespace reprise::runtime
