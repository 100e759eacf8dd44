// OpenSSL 3 marks the low-level SHA-256 calls as deprecated; the EVP calls cannot be copied without an allocation and
// cost 150 to 500 ns more for each signature. Only this file uses them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace reprise::webhook {
namespace {
SHA256_CTX* context(unsigned char* state) { return reinterpret_cast<SHA256_CTX*>(state); }
}  // namespace

Sha256::Sha256() {
  static_assert(sizeof(SHA256_CTX) <= sizeof state_ && alignof(SHA256_CTX) <= 8);
  SHA256_Init(context(state_));
}

void Sha256::add(const void* data, std::size_t size) { SHA256_Update(context(state_), data, size); }

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.data(), context(state_));
  return digest;
}

void Sha256::wipe() { OPENSSL_cleanse(state_, sizeof state_); }

}  // namespace reprise::webhook
