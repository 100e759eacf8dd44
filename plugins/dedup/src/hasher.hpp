#pragma once
#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hash.hpp"

namespace reprise::dedup {

enum class HashKind { Sha256, Xxh3 };

/// Hashes contents. Owned by one instance; not thread-safe, as it reuses its context.
class Hasher {
 public:
  explicit Hasher(HashKind kind);

  /// Of subject alone.
  Hash hash(std::string_view subject);
  /// Of subject within scope, where none is a scope of its own: no other pair has the same bytes under the hash.
  Hash hash(std::optional<std::string_view> scope, std::string_view subject);

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  struct FreeDigest {
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
  };

  HashKind kind_;
  // Fetched once: EVP's look-up by name costs a third of the hash of 1 KiB.
  std::unique_ptr<EVP_MD, FreeDigest> digest_;
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
  std::string buffer_;
};

}  // namespace reprise::dedup
