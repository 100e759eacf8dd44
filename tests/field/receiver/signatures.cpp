#include "signatures.hpp"

#include <openssl/crypto.h>

#include <array>
#include <fstream>

#include "../common/digest.hpp"

namespace field {
namespace {

std::string decode_base64(const std::string& text) {
  std::string bytes(text.size() + 3, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  const int length =
      EVP_DecodeBlock(out, reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return "";
  std::size_t size = static_cast<std::size_t>(length);
  for (auto at = text.size(); at > 0 && text[at - 1] == '=' && size > 0; --at) --size;  // EVP counts the padding
  bytes.resize(size);
  return bytes;
}

std::string encode_base64(const Digest& digest) {
  std::array<unsigned char, 64> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

std::string strip(std::string text) {
  const char* blank = " \t\r\"";
  text.erase(0, text.find_first_not_of(blank));
  text.erase(text.find_last_not_of(blank) + 1);
  return text;
}

}  // namespace

bool Signatures::load(const std::string& path, std::string& problem) {
  std::ifstream file(path);
  if (!file) {
    problem = "cannot read " + path;
    return false;
  }
  std::unordered_map<std::string, Keyed> keys;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (strip(line).empty() || strip(line).front() == '#') continue;
    const auto split = line.find_first_of("=:\t");
    const std::string id = split == std::string::npos ? "" : strip(line.substr(0, split));
    std::string secret = split == std::string::npos ? "" : strip(line.substr(split + 1));
    if (secret.rfind("whsec_", 0) == 0) secret = decode_base64(secret.substr(6));
    if (id.empty() || secret.empty()) {
      problem = path + ":" + std::to_string(number) + ": not `webhook id = secret`";
      return false;
    }
    keys.insert_or_assign(id, keyed(secret));
  }
  keys_ = std::move(keys);
  return true;
}

Signatures::Keyed Signatures::keyed(std::string_view key) {
  std::array<unsigned char, 64> block{};
  const Digest shortened = sha256(key);
  if (key.size() > block.size()) key = {reinterpret_cast<const char*>(shortened.data()), shortened.size()};
  std::copy(key.begin(), key.end(), block.begin());
  const auto padded = [&block](unsigned char pad) {
    std::array<unsigned char, 64> bytes = block;
    for (auto& byte : bytes) byte = static_cast<unsigned char>(byte ^ pad);
    Context context(EVP_MD_CTX_new());
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
    return context;
  };
  return {padded(0x36), padded(0x5c)};
}

const char* Signatures::check(const std::string& webhook, const Request& request) const {
  if (request.signature.empty()) return "absent";
  const auto found = keys_.find(webhook);
  if (found == keys_.end()) return "unchecked";

  static const Context scratch(EVP_MD_CTX_new());
  Digest digest{};
  EVP_MD_CTX_copy_ex(scratch.get(), found->second.inner.get());
  for (const std::string_view part :
       {request.message_id, std::string_view("."), request.timestamp, std::string_view("."), request.body}) {
    EVP_DigestUpdate(scratch.get(), part.data(), part.size());
  }
  EVP_DigestFinal_ex(scratch.get(), digest.data(), nullptr);
  EVP_MD_CTX_copy_ex(scratch.get(), found->second.outer.get());
  EVP_DigestUpdate(scratch.get(), digest.data(), digest.size());
  EVP_DigestFinal_ex(scratch.get(), digest.data(), nullptr);
  const std::string expected = "v1," + encode_base64(digest);

  // A rotation sends several signatures, separated by spaces; one that fits is enough.
  std::string_view left = request.signature;
  while (!left.empty()) {
    const auto end = left.find(' ');
    const std::string_view one = left.substr(0, end);
    if (one.size() == expected.size() && CRYPTO_memcmp(one.data(), expected.data(), one.size()) == 0) return "ok";
    left = end == std::string_view::npos ? std::string_view{} : left.substr(end + 1);
  }
  return "bad";
}

}  // namespace field
