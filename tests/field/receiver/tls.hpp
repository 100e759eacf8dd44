#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace field {

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextFree>;

/// A server context with this certificate chain and key (PEM). With `client_ca`, clients must show a certificate it signed.
/// Ends the program with status 2 and the reason when a file does not fit.
SslContext server_context(const std::string& certificate, const std::string& key, const std::string& client_ca);

/// Writes a fresh self-signed certificate for 127.0.0.1 and localhost, valid one day, and its key, as PEM files.
void write_self_signed(const std::string& certificate, const std::string& key);

}  // namespace field
