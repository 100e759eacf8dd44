#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "request.hpp"

namespace field {

/// The secrets of all webhooks, and the check of a request against them (Standard Webhooks v1: HMAC-SHA256 over
/// `id.timestamp.body`). Owned by the receiver. Not thread-safe.
class Signatures {
 public:
  /// One `id=secret`, `id: secret` or `id <tab> secret` a line; `#` starts a comment. A secret is `whsec_` and base64, or plain
  /// text. False, with a reason, when the file cannot be read or a line is out of form.
  bool load(const std::string& path, std::string& problem);

  /// "ok", "bad", "absent" (no signature header), or "unchecked" (no secret known for this webhook).
  [[nodiscard]] const char* check(const std::string& webhook, const Request& request) const;

 private:
  struct ContextFree {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  using Context = std::unique_ptr<EVP_MD_CTX, ContextFree>;
  /// The two hash states after the key's block, so that a check hashes the message only.
  struct Keyed {
    Context inner;
    Context outer;
  };
  static Keyed keyed(std::string_view key);

  std::unordered_map<std::string, Keyed> keys_;
};

}  // namespace field
