#include "hasher.hpp"

#include <xxhash.h>

#include <cstring>
#include <stdexcept>

namespace reprise::dedup {
namespace {

Hash never_zero(Hash hash) noexcept { return hash.is_zero() ? Hash{.low = 1, .high = 0} : hash; }

}  // namespace

Hasher::Hasher(HashKind kind) : kind_(kind) {
  if (kind_ == HashKind::Sha256) {
    digest_.reset(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    context_.reset(EVP_MD_CTX_new());
    if (!digest_ || !context_ || EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) != 1) {
      throw std::runtime_error("OpenSSL offers no SHA-256");
    }
  }
}

Hash Hasher::hash(std::string_view subject) {
  if (kind_ == HashKind::Xxh3) {
    const XXH128_hash_t value = XXH3_128bits(subject.data(), subject.size());
    return never_zero({.low = value.low64, .high = value.high64});
  }
  unsigned char full[EVP_MAX_MD_SIZE];
  // A null digest re-initialises the context with the one it has.
  if (EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) != 1 ||
      EVP_DigestUpdate(context_.get(), subject.data(), subject.size()) != 1 ||
      EVP_DigestFinal_ex(context_.get(), full, nullptr) != 1) {
    throw std::runtime_error("OpenSSL failed to compute SHA-256");
  }
  Hash cut;
  std::memcpy(&cut, full, sizeof cut);
  return never_zero(cut);
}

Hash Hasher::hash(std::optional<std::string_view> scope, std::string_view subject) {
  // The length in front, or ("ab", "c") and ("a", "bc") would be the same bytes; a length that none has for no scope.
  const std::uint64_t size = scope ? scope->size() : UINT64_MAX;
  buffer_.assign(reinterpret_cast<const char*>(&size), sizeof size);
  buffer_.append(scope.value_or(""));
  buffer_.append(subject);
  return hash(buffer_);
}

}  // namespace reprise::dedup
