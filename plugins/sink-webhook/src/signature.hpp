#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sha256.hpp"

namespace reprise::webhook {

/// One secret of Standard Webhooks scheme v1 (HMAC-SHA256), as the two hash states after the padded key. Immutable, cheap
/// to copy, wiped when it ends: who has the states can sign.
class Secret {
 public:
  /// Size of "v1," and base64 of a digest.
  static constexpr std::size_t kSignatureBytes = 3 + 44;

  /// key: 24 to 64 bytes.
  explicit Secret(std::string_view key);
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret();

  /// Writes "v1,<base64>" of id "." timestamp "." body at out, which has room for kSignatureBytes.
  void sign(std::string_view id, std::string_view timestamp, std::string_view body, char* out) const;

 private:
  Sha256 inner_;
  Sha256 outer_;
};

/// Reads "whsec_<base64>" (the prefix may be missing), 24 to 64 bytes, and adds it to secrets. Empty when it is good;
/// otherwise what is wrong, without the secret itself.
std::string add_secret(std::string_view text, std::vector<Secret>& secrets);

/// Strict base64 (RFC 4648, 4 and 3.5): padded, the bits behind the last byte 0. False when text is not such.
bool decode_base64(std::string_view text, std::string& bytes);

/// Writes (size + 2) / 3 * 4 characters.
void encode_base64(const std::uint8_t* data, std::size_t size, char* out);

}  // namespace reprise::webhook
