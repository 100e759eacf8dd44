#include "host/runtime/log_print.hpp"

#include <algorithm>

namespace reprise::runtime {
namespace {

constexpr std::size_t kHashedBytes = 4096;
constexpr std::uint64_t kNoBytes = UINT64_MAX;  // as a size: null, not empty

class Hash {
 public:
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) add_byte(static_cast<std::uint8_t>(number >> shift));
  }
  void add(reprise_bytes bytes) {
    add(bytes.data == nullptr ? kNoBytes : bytes.size);
    if (bytes.data == nullptr) return;
    for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size, kHashedBytes); ++i) add_byte(bytes.data[i]);
  }
  std::uint64_t value() const { return value_; }

 private:
  void add_byte(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100000001b3; }
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

LogPrint print_of(const reprise_record& record) {
  Hash hash;
  hash.add(static_cast<std::uint64_t>(record.timestamp_ms));
  hash.add(record.key);
  hash.add(record.value);
  return {record.offset, hash.value()};
}

}  // namespace reprise::runtime
