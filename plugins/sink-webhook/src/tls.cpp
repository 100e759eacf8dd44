#include "tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "config.hpp"
#include "tls_identity.hpp"

namespace reprise::webhook {
namespace {

/// Four full records: some milliseconds of work at most, whatever they hold.
constexpr std::size_t kMaxBytesOfCall = 64 * 1024;
/// A handshake has eight or fewer, and servers hand out two tickets, some eight.
constexpr int kMaxMessages = 32;

long socket_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int session_slot() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

constexpr std::int64_t kVerifiedForNs = 3'600'000'000'000;

/// How long the chain of a full handshake is good from now on: until its first certificate ends, at most kVerifiedForNs.
std::int64_t verified_for_ns(SSL* ssl) {
  std::int64_t result = kVerifiedForNs;
  const STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(sk_X509_value(chain, i))) != 1) return 0;
    result = std::min(result, (std::int64_t{days} * 86'400 + seconds) * 1'000'000'000);
  }
  return result;
}

bool is_address(const std::string& host) {
  unsigned char address[16];
  return inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
}

std::string reason_of(unsigned long error) {
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "unknown reason";
}

}  // namespace

std::string TlsContext::load(const Config& config) {
  ERR_clear_error();
  context_.reset(SSL_CTX_new(TLS_client_method()));
  socket_method_.reset(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "reprise socket"));
  if (context_ == nullptr || socket_method_ == nullptr)
    return "OpenSSL cannot make a context: " + reason_of(ERR_peek_last_error());
  BIO_meth_set_write(socket_method_.get(), TlsSession::socket_write);
  BIO_meth_set_read(socket_method_.get(), TlsSession::socket_read);
  BIO_meth_set_ctrl(socket_method_.get(), socket_control);

  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // TLS 1.2: in classic Diffie-Hellman the server makes up the numbers, and 10,000 bits of them cost us most of a second;
  // a curve has a name. The suites of TLS 1.3 are not touched.
  SSL_CTX_set_cipher_list(context, "ECDHE:!eNULL:!PSK");
  // TLS 1.2: a handshake in the middle of a connection could exchange the certificate, and costs us what the peer likes.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  // One read takes all that the socket holds, so that has_pending knows of whatever follows an answer.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, TlsSession::keep_session);
  SSL_CTX_set_msg_callback(context, TlsSession::count_message);
  return load_identity(context, config);
}

void TlsContext::trust_system() const {
  if (trusts_system_) return;
  trusts_system_ = true;
  // Not read: then no certificate is trusted, and each handshake fails and says so.
  SSL_CTX_set_default_verify_paths(context_.get());
}

TlsSession::TlsSession(const TlsContext& context, int fd, const std::string& host, SavedSession& saved,
                       std::int64_t now_ns)
    : fd_(fd), ssl_((context.trust_system(), SSL_new(context.context_.get()))), saved_(saved), now_ns_(now_ns) {
  SSL* ssl = ssl_.get();
  BIO* bio = BIO_new(context.socket_method_.get());
  if (ssl == nullptr || bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_connect_state(ssl);
  SSL_set_ex_data(ssl, session_slot(), this);
  if (now_ns >= saved.verified_until_ns) saved.session.reset();
  if (saved.session != nullptr && SSL_set_session(ssl, saved.session.get()) == 1)
    verified_until_ns_ = saved.verified_until_ns;

  checks_name_ = is_address(host)
                     ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1
                     : SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  // RFC 9525, 2: a name in the subject's common name names nobody.
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
}

TlsSession::~TlsSession() {
  // OpenSSL takes a connection that ends without a close alert for an attack and spoils its session. Ours end between
  // responses whose length is known, so nothing can be cut off unseen.
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

// OpenSSL's own socket BIO uses write(), which raises SIGPIPE; signals are the process's, not ours, so we send with
// MSG_NOSIGNAL.
int TlsSession::socket_write(BIO* bio, const char* data, int size) {
  const auto* self = static_cast<const TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(self->fd_, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int TlsSession::socket_read(BIO* bio, char* data, int size) {
  auto* self = static_cast<TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self->has_too_many_messages()) {
    errno = EPROTO;
    return -1;
  }
  if (self->may_take_ == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto received = ::recv(self->fd_, data, std::min(static_cast<std::size_t>(size), self->may_take_), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (received > 0) self->may_take_ -= static_cast<std::size_t>(received);
  return static_cast<int>(received);
}

void TlsSession::count_message(int is_written, int, int type, const void*, std::size_t, SSL* ssl, void*) {
  if (is_written == 0 && type == SSL3_RT_HANDSHAKE)
    ++static_cast<TlsSession*>(SSL_get_ex_data(ssl, session_slot()))->messages_;
}

bool TlsSession::has_too_many_messages() const { return messages_ > kMaxMessages; }

void TlsSession::begin_call() {
  ERR_clear_error();
  may_take_ = kMaxBytesOfCall;
}

int TlsSession::keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* self = static_cast<TlsSession*>(SSL_get_ex_data(ssl, session_slot()));
  self->note_verified();
  self->saved_.session.reset(session);
  self->saved_.verified_until_ns = self->verified_until_ns_;
  return 1;  // we own the reference now
}

void TlsSession::note_verified() {
  if (is_noted_) return;
  is_noted_ = true;
  if (SSL_session_reused(ssl_.get()) == 0) verified_until_ns_ = now_ns_ + verified_for_ns(ssl_.get());
}

IoResult TlsSession::result_of(int returned, std::size_t bytes) {
  if (returned > 0) return {Io::Ok, bytes, 0};
  const int saved_errno = errno;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {Io::WantRead, 0, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Io::WantWrite, 0, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Io::Closed, 0, 0};
    case SSL_ERROR_SYSCALL:
      return {Io::Failed, 0, saved_errno != 0 ? saved_errno : ECONNRESET};
    default:
      last_error_ = ERR_peek_last_error();
      return {ERR_GET_REASON(last_error_) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? Io::Closed : Io::Failed, 0, 0};
  }
}

IoResult TlsSession::handshake() {
  if (!checks_name_) return {Io::Failed, 0, 0};
  begin_call();
  const IoResult result = result_of(SSL_do_handshake(ssl_.get()), 0);
  if (result.io == Io::Ok) note_verified();
  return result;
}

IoResult TlsSession::write(const char* data, std::size_t size) {
  begin_call();
  std::size_t written = 0;
  const int returned = SSL_write_ex(ssl_.get(), data, size, &written);
  return result_of(returned, written);
}

IoResult TlsSession::read(char* data, std::size_t size) {
  begin_call();
  std::size_t received = 0;
  const int returned = SSL_read_ex(ssl_.get(), data, size, &received);
  return result_of(returned, received);
}

bool TlsSession::is_wrong_name() const {
  const long result = SSL_get_verify_result(ssl_.get());
  return result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

std::string TlsSession::problem() const {
  if (!checks_name_) return "the name cannot be checked";
  const long result = SSL_get_verify_result(ssl_.get());
  if (result != X509_V_OK) return X509_verify_cert_error_string(result);
  if (has_too_many_messages()) return "too many messages for a handshake";
  return last_error_ != 0 ? reason_of(last_error_) : "the connection was closed within the handshake";
}

}  // namespace reprise::webhook
