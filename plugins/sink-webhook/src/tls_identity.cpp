#include "tls_identity.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

#include "config.hpp"

namespace reprise::webhook {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using BioPtr = std::unique_ptr<BIO, Free>;
using CertificatePtr = std::unique_ptr<X509, Free>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free>;

// No file's name looks so, and OpenSSL passes over what stands before it.
bool is_pem(std::string_view value) { return value.find("-----BEGIN ") != std::string_view::npos; }

BioPtr open(const std::string& value) {
  ERR_clear_error();
  return BioPtr(is_pem(value) ? BIO_new_mem_buf(value.data(), static_cast<int>(value.size()))
                              : BIO_new_file(value.c_str(), "r"));
}

std::string named(std::string_view option, const std::string& value) {
  return std::string(option) + ": " + (is_pem(value) ? "the text given" : "\"" + value + "\"");
}

std::string unreadable(std::string_view option, const std::string& value, std::string_view as) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return named(option, value) + " cannot be read as " + std::string(as) + ": " +
         (reason != nullptr ? reason : "unknown reason");
}

// One certificate more out of the text; null at its end, or where it is none.
CertificatePtr next_certificate(BIO* text) {
  return CertificatePtr(PEM_read_bio_X509(text, nullptr, nullptr, nullptr));
}

bool load_authorities(SSL_CTX* context, BIO* text) {
  std::size_t count = 0;
  while (const CertificatePtr authority = next_certificate(text)) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1) return false;
    ++count;
  }
  return count > 0;
}

bool load_chain(SSL_CTX* context, BIO* text) {
  const CertificatePtr own = next_certificate(text);
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  while (CertificatePtr issuer = next_certificate(text)) {
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1) return false;
    static_cast<void>(issuer.release());  // the context took it over
  }
  return true;
}

// OpenSSL asks the terminal where it is given no function: a worker has none, and must not wait for one.
int give_password(char* buffer, int size, int, void* argument) {
  const auto& password = *static_cast<const std::string*>(argument);
  if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(password.begin(), password.end(), buffer);
  return static_cast<int>(password.size());
}

}  // namespace

std::string load_identity(SSL_CTX* context, const Config& config) {
  if (!config.tls_ca.empty()) {
    const BioPtr text = open(config.tls_ca);
    if (text == nullptr || !load_authorities(context, text.get()))
      return unreadable("tls.ca", config.tls_ca, "PEM certificates");
  }
  if (config.tls_certificate.empty()) return {};
  const BioPtr chain = open(config.tls_certificate);
  if (chain == nullptr || !load_chain(context, chain.get()))
    return unreadable("tls.certificate", config.tls_certificate, "a PEM certificate chain");
  const BioPtr text = open(config.tls_key);
  std::string password = config.tls_key_password;
  const KeyPtr key(text == nullptr ? nullptr : PEM_read_bio_PrivateKey(text.get(), nullptr, give_password, &password));
  if (key == nullptr) {
    const int reason = ERR_GET_REASON(ERR_peek_last_error());
    if (password.empty() && reason == PEM_R_BAD_PASSWORD_READ)
      return named("tls.key", config.tls_key) + " is encrypted: set tls.key_password";
    return unreadable("tls.key", config.tls_key, "a PEM private key");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return named("tls.key", config.tls_key) + " is not the key of tls.certificate";
  ERR_clear_error();  // the ends of the texts are errors in OpenSSL's eyes
  return {};
}

}  // namespace reprise::webhook
