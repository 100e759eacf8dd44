#include "signature.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace reprise::webhook {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kBlock = 64;  // of SHA-256, and the longest key

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

}  // namespace

Secret::Secret(std::string_view key) {
  // RFC 2104: the states after the first block depend on the key only.
  std::array<unsigned char, kBlock> block{};
  std::memcpy(block.data(), key.data(), std::min(key.size(), block.size()));
  for (auto& byte : block) byte ^= 0x36;
  inner_.add(block.data(), block.size());
  for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
  outer_.add(block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
}

Secret::~Secret() {
  inner_.wipe();
  outer_.wipe();
}

void Secret::sign(std::string_view id, std::string_view timestamp, std::string_view body, char* out) const {
  Sha256 inner = inner_;
  // One call for what stands before the body: each call has a fixed cost.
  char prefix[128];
  std::size_t size = 0;
  const auto append = [&](std::string_view text) {
    std::memcpy(prefix + size, text.data(), text.size());
    size += text.size();
  };
  if (id.size() + timestamp.size() + 2 <= sizeof prefix) {
    append(id);
    append(".");
    append(timestamp);
    append(".");
    inner.add(prefix, size);
  } else {
    inner.add(id);
    inner.add(".");
    inner.add(timestamp);
    inner.add(".");
  }
  inner.add(body);
  const Digest digest = inner.finish();
  Sha256 outer = outer_;
  outer.add(digest.data(), digest.size());
  const Digest mac = outer.finish();
  std::copy_n("v1,", 3, out);
  encode_base64(mac.data(), mac.size(), out + 3);
}

std::string add_secret(std::string_view text, std::vector<Secret>& secrets) {
  if (text.starts_with("whsec_")) text.remove_prefix(6);
  std::string key;
  if (!decode_base64(text, key)) return "a secret must be whsec_ followed by base64 with its padding";
  std::string problem;
  if (key.size() < 24 || key.size() > kBlock) {
    problem = "a secret must have 24 to 64 bytes, this one has " + std::to_string(key.size());
  } else {
    secrets.emplace_back(key);
  }
  OPENSSL_cleanse(key.data(), key.size());
  return problem;
}

bool decode_base64(std::string_view text, std::string& bytes) {
  // RFC 4648, 4 and 3.5: padded, and the bits behind the last byte are 0; so a value has one spelling.
  bytes.clear();
  if (text.empty() || text.size() % 4 != 0) return false;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  bytes.reserve(text.size());
  unsigned pending = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = value_of(c);
    if (value < 0) return false;
    pending = (pending << 6) | static_cast<unsigned>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((pending >> bits) & 0xff));
    }
  }
  return (pending & ((1u << bits) - 1)) == 0;
}

void encode_base64(const std::uint8_t* data, std::size_t size, char* out) {
  std::size_t i = 0;
  for (; i + 3 <= size; i += 3) {
    const unsigned group = static_cast<unsigned>(data[i]) << 16 | static_cast<unsigned>(data[i + 1]) << 8 | data[i + 2];
    *out++ = kAlphabet[group >> 18];
    *out++ = kAlphabet[group >> 12 & 63];
    *out++ = kAlphabet[group >> 6 & 63];
    *out++ = kAlphabet[group & 63];
  }
  if (i == size) return;
  const bool has_two = size - i == 2;
  const unsigned group =
      static_cast<unsigned>(data[i]) << 16 | (has_two ? static_cast<unsigned>(data[i + 1]) << 8 : 0u);
  *out++ = kAlphabet[group >> 18];
  *out++ = kAlphabet[group >> 12 & 63];
  *out++ = has_two ? kAlphabet[group >> 6 & 63] : '=';
  *out++ = '=';
}

}  // namespace reprise::webhook
