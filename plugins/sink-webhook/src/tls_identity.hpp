#pragma once
#include <openssl/ssl.h>

#include <string>

namespace reprise::webhook {

struct Config;

/// Loads tls.ca, tls.certificate and tls.key into the context, each a file's name or the PEM text itself. Empty when all is well,
/// otherwise what is wrong: "tls.key: ...". Never shows a PEM text, and never asks for a password on the terminal.
std::string load_identity(SSL_CTX* context, const Config& config);

}  // namespace reprise::webhook
