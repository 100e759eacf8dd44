#pragma once
#include <reprise/plugin.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "address.hpp"
#include "failure.hpp"
#include "response_parser.hpp"
#include "timer_wheel.hpp"
#include "tls.hpp"

namespace reprise::webhook {

struct Endpoint;
struct Origin;

/// The record a connection works on.
struct Request {
  std::uint64_t handle = 0;
  const reprise_record* record = nullptr;
  Endpoint* endpoint = nullptr;
  std::uint32_t slot = 0;
  std::int64_t started_ns = 0;
  bool is_late = false;      ///< counts as such in the window
  bool is_detached = false;  ///< the host has copied it out of the source's memory
};

/// One socket to one origin and what is under way on it: at most one request. Owned by the Pool, belongs to the shard's
/// thread. Moves bytes only; what they mean for the record is the Sender's matter.
class Connection : public Timer {
 public:
  enum class State : std::uint8_t {
    Idle,       ///< connected, no request
    Resolving,  ///< the name is being looked up; no socket yet
    Connecting,
    Handshaking,
    Sending,
    Waiting,   ///< the request is out
    Draining,  ///< the record is settled, the body is read so that the connection can be used again
  };

  Connection(std::shared_ptr<Origin> its_origin, const ResponseParser::Limits& limits)
      : origin(std::move(its_origin)), parser(limits) {}
  ~Connection();

  /// Opens a non-blocking socket and begins to connect. Ok: connected at once; WantWrite: under way.
  IoResult open(const Address& address);
  /// Is it connected now? WantWrite: not yet.
  IoResult connected() const;
  /// The address the socket really has at its other end.
  bool peer(Address& address) const;
  void start_tls(const TlsContext& context, std::int64_t now_ns);
  /// Sends what is left of head and body, in one call where the kernel takes it. Ok: all is out.
  IoResult send();
  IoResult receive(char* data, std::size_t size);
  /// Has it carried a request before the present one?
  bool is_reused() const { return requests > 1; }
  /// Bytes that TLS holds, decrypted or not; those in the socket do not count.
  bool has_pending() const { return tls != nullptr && tls->has_pending(); }
  /// Closes the socket. The host must not watch it any more.
  void close();
  /// Bytes of the request that the kernel (with TLS: the cipher) has taken.
  std::size_t sent() const { return sent_; }
  void reset_request(const reprise_record& record);
  /// The record's bytes stand somewhere else now.
  void set_body(const reprise_bytes& body) { body_ = body; }
  std::size_t request_bytes() const { return head.size() + body_.size; }

  const std::shared_ptr<Origin> origin;
  ResponseParser parser;
  std::string head;  ///< of the request
  Request request;
  std::unique_ptr<TlsSession> tls;
  Connection* below = nullptr;   ///< next older one of the origin's idle connections
  std::int64_t retire_ns = 0;    ///< no request begins on it from then on
  std::uint32_t requests = 0;    ///< that it has carried, the present one included
  std::int64_t deadline_ns = 0;  ///< of the present phase; Idle: when it is closed
  std::int64_t emptied_ns = 0;   ///< when the last read left nothing behind in the socket
  std::size_t index = 0;         ///< in the pool
  std::size_t next_address = 0;  ///< of the origin's, to try when this one fails
  Failure address_failure;       ///< the most hopeful failure of the addresses before it
  int fd = -1;
  State state = State::Idle;
  bool is_settled = true;            ///< the host knows what became of the request
  bool has_answer = false;           ///< at least one byte came back for this request
  std::uint32_t watched_events = 0;  ///< what the host was last told; 0: it does not watch the descriptor
  bool watches_write = false;

 private:
  reprise_bytes body_{nullptr, 0};
  std::size_t sent_ = 0;
  std::string sealed_;  // TLS wants head and body in one piece
};

}  // namespace reprise::webhook
