#pragma once
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace reprise::webhook::test {

/// One request as the server saw it.
struct Received {
  std::string line;  ///< "POST /hook HTTP/1.1"
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int connection = 0;  ///< number of the connection, from 0

  std::string header(const std::string& name) const;  ///< empty: none
  int count(const std::string& name) const;
};

/// A connection as a handler sees it: it answers, or misbehaves.
class Peer {
 public:
  Peer(int fd, SSL* ssl, const std::atomic<bool>& stopping) : fd_(fd), ssl_(ssl), stopping_(stopping) {}
  void write(const std::string& bytes);
  void reset();  ///< RST, with nothing more
  void close() { open_ = false; }
  void hang();  ///< until the client goes or the server stops
  bool gone();  ///< has the client closed? Waits at most 20 ms
  bool is_open() const { return open_; }
  bool read_some(std::string& buffer);
  /// TLS 1.2: asks for a new handshake and reads what the client makes of that.
  void renegotiate();
  /// TLS 1.3: one ticket more.
  void hand_out_session();

 private:
  int fd_;
  SSL* ssl_;
  const std::atomic<bool>& stopping_;
  bool open_ = true;
};

/// A real HTTP/1.1 server on an IPv4 address of this machine and a free port, a thread for each connection. The handler gets each request.
class Server {
 public:
  using Handler = std::function<void(const Received&, Peer&)>;
  struct Tls {
    std::string certificate, key;  ///< PEM
  };

  explicit Server(Handler handler, const Tls* tls = nullptr, const std::string& address = "127.0.0.1");
  ~Server();

  /// Another certificate for the connections that come, and nothing else: tickets given out stay good.
  void use_certificate(const Tls& tls);
  /// For the connections that come.
  void speak_tls_1_2();
  /// TLS 1.2 with finite-field Diffie-Hellman only, modulo an odd number of this many bits that nobody chose for being prime.
  void exchange_keys_in_field_of(int bits);
  /// What is done with each connection that comes before anything is read, TLS included.
  void greet(std::function<void(Peer&)> greeting);
  int port() const { return port_; }
  std::string url(const std::string& path = "/hook") const;
  std::vector<Received> received() const;
  int connections() const { return connections_.load(); }
  int closed() const { return closed_.load(); }          ///< connections that this side has closed
  int handshakes() const { return handshakes_.load(); }  ///< TLS handshakes that were completed
  int resumed() const { return resumed_.load(); }        ///< TLS handshakes that took up a session

 private:
  void accept_all();
  void serve(int fd, int number);

  Handler handler_;
  const std::string address_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{nullptr, &SSL_CTX_free};
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::atomic<int> closed_{0};
  std::atomic<int> handshakes_{0};
  std::atomic<int> resumed_{0};
  mutable std::mutex mutex_;
  std::function<void(Peer&)> greeting_;  // guarded by mutex_
  std::vector<Received> received_;       // guarded by mutex_
  std::vector<std::thread> threads_;     // guarded by mutex_
  std::thread acceptor_;
};

/// "HTTP/1.1 <status> X" with an empty body.
std::string response(int status, const std::string& extra_headers = {});

/// A self-signed certificate for this DNS name or address, made on the spot.
Server::Tls make_certificate(const std::string& name, bool is_address = false,
                             std::chrono::seconds lifetime = std::chrono::hours(1));
/// The same for an address and with an RSA key, whose owner may choose how keys are exchanged.
Server::Tls make_rsa_certificate(const std::string& address);
/// The same with the name where it stood before there were alternative names: as the subject's common name only.
Server::Tls make_certificate_of_common_name(const std::string& name);

}  // namespace reprise::webhook::test
