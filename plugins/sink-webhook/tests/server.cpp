#include "server.hpp"

#include <arpa/inet.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace reprise::webhook::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Received parse(const std::string& head) {
  Received request;
  std::size_t at = head.find("\r\n");
  request.line = head.substr(0, at);
  while (at + 2 < head.size()) {
    const std::size_t start = at + 2;
    at = head.find("\r\n", start);
    if (at == std::string::npos || at == start) break;
    const std::string line = head.substr(start, at - start);
    const std::size_t colon = line.find(": ");
    request.headers.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
  }
  return request;
}

std::string pem_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

}  // namespace

std::string Received::header(const std::string& name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

int Received::count(const std::string& name) const {
  return static_cast<int>(
      std::count_if(headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; }));
}

void Peer::write(const std::string& bytes) {
  std::size_t sent = 0;
  while (open_ && sent < bytes.size()) {
    const auto n = ssl_ != nullptr
                       ? SSL_write(ssl_, bytes.data() + sent, static_cast<int>(bytes.size() - sent))
                       : static_cast<int>(::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL));
    if (n <= 0)
      open_ = false;
    else
      sent += static_cast<std::size_t>(n);
  }
}

void Peer::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  open_ = false;
}

bool Peer::gone() {
  pollfd socket{.fd = fd_, .events = POLLIN | POLLRDHUP, .revents = 0};
  ::poll(&socket, 1, 20);
  return (socket.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Peer::hang() {
  while (!stopping_ && !gone()) {
  }
  open_ = false;
}

void Peer::renegotiate() {
  if (!open_) return;
  SSL_clear_mode(ssl_, SSL_MODE_AUTO_RETRY);
  if (SSL_renegotiate(ssl_) != 1 || SSL_do_handshake(ssl_) != 1) return close();
  pollfd socket{.fd = fd_, .events = POLLIN, .revents = 0};
  char byte = 0;
  if (::poll(&socket, 1, 5000) != 1 || (SSL_peek(ssl_, &byte, 1) <= 0 && SSL_get_error(ssl_, -1) == SSL_ERROR_SSL))
    close();
}

void Peer::hand_out_session() {
  if (open_ && (SSL_new_session_ticket(ssl_) != 1 || SSL_do_handshake(ssl_) != 1)) close();
}

bool Peer::read_some(std::string& buffer) {
  while (!stopping_) {
    pollfd socket{.fd = fd_, .events = POLLIN, .revents = 0};
    if ((ssl_ == nullptr || SSL_pending(ssl_) == 0) && ::poll(&socket, 1, 20) <= 0) continue;
    std::array<char, 65536> chunk;
    const auto n = ssl_ != nullptr ? SSL_read(ssl_, chunk.data(), static_cast<int>(chunk.size()))
                                   : static_cast<int>(::recv(fd_, chunk.data(), chunk.size(), 0));
    if (n <= 0) return false;
    buffer.append(chunk.data(), static_cast<std::size_t>(n));
    return true;
  }
  return false;
}

Server::Server(Handler handler, const Tls* tls, const std::string& address)
    : handler_(std::move(handler)), address_(address) {
  if (tls != nullptr) {
    tls_.reset(SSL_CTX_new(TLS_server_method()));
    use_certificate(*tls);
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  ::inet_pton(AF_INET, address_.c_str(), &here.sin_addr);
  socklen_t size = sizeof here;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&here), size) != 0 || ::listen(listener_, 256) != 0)
    throw std::runtime_error("cannot listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size);
  port_ = ntohs(here.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

void Server::speak_tls_1_2() { SSL_CTX_set_max_proto_version(tls_.get(), TLS1_2_VERSION); }

void Server::exchange_keys_in_field_of(int bits) {
  BIGNUM* modulus = BN_new();
  BIGNUM* generator = BN_new();
  BN_set_bit(modulus, bits - 1);
  BN_add_word(modulus, 12'345);
  BN_set_word(generator, 2);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_P, modulus);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_G, generator);
  OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* maker = EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr);
  EVP_PKEY* field = nullptr;
  if (EVP_PKEY_fromdata_init(maker) != 1 || EVP_PKEY_fromdata(maker, &field, EVP_PKEY_KEY_PARAMETERS, params) != 1 ||
      SSL_CTX_set0_tmp_dh_pkey(tls_.get(), field) != 1 || SSL_CTX_set_cipher_list(tls_.get(), "kDHE") != 1)
    throw std::runtime_error("cannot use this field");
  EVP_PKEY_CTX_free(maker);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(builder);
  BN_free(modulus);
  BN_free(generator);
}

void Server::greet(std::function<void(Peer&)> greeting) {
  const std::lock_guard lock(mutex_);
  greeting_ = std::move(greeting);
}

void Server::use_certificate(const Tls& tls) {
  BIO* certificate = BIO_new_mem_buf(tls.certificate.data(), static_cast<int>(tls.certificate.size()));
  BIO* key = BIO_new_mem_buf(tls.key.data(), static_cast<int>(tls.key.size()));
  X509* x509 = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
  EVP_PKEY* pkey = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
  {
    const std::lock_guard lock(mutex_);
    SSL_CTX_use_cert_and_key(tls_.get(), x509, pkey, nullptr, 1);
  }
  X509_free(x509);
  EVP_PKEY_free(pkey);
  BIO_free(certificate);
  BIO_free(key);
}

Server::~Server() {
  stopping_ = true;
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  ::close(listener_);
}

std::string Server::url(const std::string& path) const {
  return std::string(tls_ != nullptr ? "https" : "http") + "://" + address_ + ":" + std::to_string(port_) + path;
}

std::vector<Received> Server::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

void Server::accept_all() {
  while (!stopping_) {
    pollfd socket{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&socket, 1, 20) <= 0) continue;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int number = connections_++;
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, fd, number] { serve(fd, number); });
  }
}

void Server::serve(int fd, int number) {
  // OpenSSL writes with write(); the sink's own thread must get the signal if it earns one.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl(nullptr, &SSL_free);
  std::function<void(Peer&)> greeting;
  {
    const std::lock_guard lock(mutex_);
    if (tls_ != nullptr) ssl.reset(SSL_new(tls_.get()));
    greeting = greeting_;
  }
  if (Peer stranger(fd, nullptr, stopping_); greeting) greeting(stranger);
  bool is_ready = true;
  if (ssl != nullptr) {
    SSL_set_fd(ssl.get(), fd);
    SSL_set_app_data(ssl.get(), this);
    SSL_set_info_callback(ssl.get(), [](const SSL* of, int where, int) {
      if ((where & SSL_CB_LOOP) != 0 && SSL_get_state(of) == TLS_ST_SR_FINISHED)
        ++static_cast<Server*>(SSL_get_app_data(of))->handshakes_;
    });
    is_ready = SSL_accept(ssl.get()) == 1;
    if (is_ready && SSL_session_reused(ssl.get()) == 1) ++resumed_;
  }
  Peer peer(fd, ssl.get(), stopping_);
  std::string buffer;
  while (is_ready && peer.is_open() && !stopping_) {
    std::size_t head_end = 0;
    while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos && peer.read_some(buffer)) {
    }
    if (head_end == std::string::npos) break;
    Received request = parse(buffer.substr(0, head_end + 2));
    request.connection = number;
    const std::size_t length = std::stoul("0" + request.header("content-length"));
    while (buffer.size() < head_end + 4 + length && peer.read_some(buffer)) {
    }
    if (buffer.size() < head_end + 4 + length) break;
    request.body = buffer.substr(head_end + 4, length);
    buffer.erase(0, head_end + 4 + length);
    {
      const std::lock_guard lock(mutex_);
      received_.push_back(request);
    }
    handler_(request, peer);
  }
  ::close(fd);
  ++closed_;
}

std::string response(int status, const std::string& extra_headers) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" +
         (status == 204 || status == 304 ? "" : "content-length: 0\r\n") + extra_headers + "\r\n";
}

namespace {

Server::Tls sign_itself(const std::string& common_name, const std::string& alternative, std::chrono::seconds lifetime,
                        EVP_PKEY* key = EVP_EC_gen("P-256")) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime.count());
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name.c_str()),
                             -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  if (!alternative.empty()) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());

  BIO* certificate_text = BIO_new(BIO_s_mem());
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, certificate);
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {pem_of(certificate_text), pem_of(key_text)};
}

}  // namespace

Server::Tls make_certificate(const std::string& name, bool is_address, std::chrono::seconds lifetime) {
  return sign_itself("test", (is_address ? "IP:" : "DNS:") + name, lifetime);
}

Server::Tls make_rsa_certificate(const std::string& address) {
  return sign_itself("test", "IP:" + address, std::chrono::hours(1), EVP_RSA_gen(2048));
}

Server::Tls make_certificate_of_common_name(const std::string& name) {
  return sign_itself(name, "", std::chrono::hours(1));
}

}  // namespace reprise::webhook::test
