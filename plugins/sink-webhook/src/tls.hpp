#pragma once
#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace reprise::webhook {

struct Config;

/// What one non-blocking step of a connection came to.
enum class Io : std::uint8_t { Ok, WantRead, WantWrite, Closed, Failed };
struct IoResult {
  Io io = Io::Ok;
  std::size_t bytes = 0;
  int error = 0;  ///< errno; 0 where TLS failed
};

struct SslFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

/// The newest TLS session of an origin. A resumed handshake looks at no certificate, so that a session carries the trust
/// of the full handshake it descends from, and ends with it.
struct SavedSession {
  std::unique_ptr<SSL_SESSION, SslFree> session;
  std::int64_t verified_until_ns = 0;
};

/// The one place where TLS is configured: TLS 1.2 or newer, peer and name verified, the system's CA certificates and
/// those of tls.ca, a client certificate if there is one. One per instance.
class TlsContext {
 public:
  /// Reads the files that the options name. Empty when all is well, otherwise what is wrong.
  std::string load(const Config& config);

 private:
  friend class TlsSession;
  /// Reads the system's CA certificates, once: some 20 ms and a megabyte that nobody needs before the first https.
  void trust_system() const;

  std::unique_ptr<SSL_CTX, SslFree> context_;
  mutable bool trusts_system_ = false;
  std::unique_ptr<BIO_METHOD, SslFree> socket_method_;
};

/// TLS over one connected, non-blocking socket, which it does not own. Belongs to the shard's thread. What a server may make it do
/// is bounded: each call takes some bytes and no more from the socket, and the whole connection some handshake messages. OpenSSL by
/// itself goes on for as long as they come.
class TlsSession {
 public:
  /// host: the name (or literal address) that the certificate must be for. saved: the session to take up again while it
  /// is good, and where the newest is kept for the next connection; outlives this object.
  TlsSession(const TlsContext& context, int fd, const std::string& host, SavedSession& saved, std::int64_t now_ns);

  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  IoResult handshake();
  IoResult write(const char* data, std::size_t size);
  IoResult read(char* data, std::size_t size);
  /// Bytes that were read from the socket and not yet given out, part of a record included; or the last read ended before the
  /// socket was empty.
  bool has_pending() const { return may_take_ == 0 || SSL_has_pending(ssl_.get()) == 1; }
  /// After the handshake: until when its full verification counts, at most an hour and never past a certificate's last
  /// moment.
  std::int64_t verified_until_ns() const { return verified_until_ns_; }
  /// After a failed handshake: does the certificate belong to another name?
  bool is_wrong_name() const;
  /// What went wrong last, for a person.
  std::string problem() const;

 private:
  static int keep_session(SSL* ssl, SSL_SESSION* session);
  static void count_message(int is_written, int version, int type, const void* data, std::size_t size, SSL* ssl, void*);
  static int socket_write(BIO* bio, const char* data, int size);
  static int socket_read(BIO* bio, char* data, int size);
  bool has_too_many_messages() const;
  void begin_call();
  void note_verified();
  friend class TlsContext;
  IoResult result_of(int returned, std::size_t bytes);

  const int fd_;
  std::unique_ptr<SSL, SslFree> ssl_;
  SavedSession& saved_;
  const std::int64_t now_ns_;           // of the handshake's beginning
  std::int64_t verified_until_ns_ = 0;  // of the session that is taken up, until the handshake says that it was not
  bool checks_name_ = false;            // without it there is no handshake
  bool is_noted_ = false;               // within TLS 1.2's handshake the session comes before its end
  std::size_t may_take_ = 0;            // bytes, from the socket, in the present call
  int messages_ = 0;                    // of handshakes that the peer sent, tickets and new keys included
  unsigned long last_error_ = 0;
};

}  // namespace reprise::webhook
