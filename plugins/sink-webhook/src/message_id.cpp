#include "message_id.hpp"

#include <algorithm>

namespace reprise::webhook {
namespace {

constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

template <class Number>
std::size_t put_big_endian(Number number, unsigned char* out) {
  const auto bits = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    out[i] = static_cast<unsigned char>(bits >> (8 * (sizeof(Number) - 1 - i)) & 0xff);
  return sizeof(Number);
}

void add_sized(Sha256& hash, std::string_view text) {
  unsigned char size[4];
  put_big_endian(static_cast<std::uint32_t>(text.size()), size);
  hash.add(size, sizeof size);
  hash.add(text);
}

}  // namespace

MessageId::MessageId(std::string_view log_id, std::string_view topic, std::int32_t partition) {
  prefix_.add("reprise.webhook-id.1");
  add_sized(prefix_, log_id);
  add_sized(prefix_, topic);
  unsigned char number[4];
  put_big_endian(partition, number);
  prefix_.add(number, sizeof number);
}

void MessageId::write(std::int64_t offset, std::uint32_t part, bool is_derived, char* out) const {
  unsigned char tail[13];
  tail[0] = is_derived ? 1 : 0;
  std::size_t size = 1 + put_big_endian(offset, tail + 1);
  if (part != 0) size += put_big_endian(part, tail + size);
  Sha256 hash = prefix_;
  hash.add(tail, size);
  const Digest digest = hash.finish();

  out = std::copy_n("msg_", 4, out);
  for (std::size_t i = 0; i < 15; i += 5) {
    std::uint64_t group = 0;
    for (std::size_t j = 0; j < 5; ++j) group = group << 8 | digest[i + j];
    for (int shift = 35; shift >= 0; shift -= 5) *out++ = kAlphabet[group >> shift & 31];
  }
}

}  // namespace reprise::webhook
