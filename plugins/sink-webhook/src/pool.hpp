#pragma once
#include <reprise/url.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "address.hpp"
#include "connection.hpp"
#include "name.hpp"

namespace reprise::webhook {

struct Origin;

/// By scheme, host and port. An origin takes itself out when it ends.
using Origins = std::unordered_map<std::string, std::weak_ptr<Origin>>;

/// A scheme, host and port: what connections are shared by. Held by the endpoints and connections that lead there and by a
/// question about its name, and ends with the last of them: of customers who are gone nothing is kept. Origins outlive it.
struct Origin {
  Origin(Origins& its_origins, std::string its_key, const Url& url);
  ~Origin() { origins.erase(key); }
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  Origins& origins;
  const std::string key;  ///< in origins
  const std::string host;
  const std::uint16_t port;
  const bool is_tls;
  const bool is_literal;  ///< host is an address: nothing to look up
  Name name;
  SavedSession session;
  Connection* idle = nullptr;  ///< the most recently used idle connection
};

/// All connections of an instance, by descriptor and by origin. The idle ones of an origin are a stack, so the
/// warmest is used again and the others can grow old. Outlives all who hold an origin of it. Belongs to the shard's thread;
/// knows nothing of the host.
class Pool {
 public:
  std::shared_ptr<Origin> origin_of(const Url& url);
  /// The newest idle connection of the origin, which is idle no more; null if there is none.
  Connection* take_idle(Origin& origin);
  void put_idle(Connection& connection);
  /// Takes an idle connection out of its stack; the caller removes it.
  void drop_idle(Connection& connection);
  /// The connection that is missed least: the idle one that was used longest ago, or else the one that drains longest.
  /// Null if all of them carry a request.
  Connection* oldest_spare();

  Connection& make(std::shared_ptr<Origin> origin, const ResponseParser::Limits& limits);
  /// REQUIRES: not idle. Closes and deletes it.
  void remove(Connection& connection);
  void bind(Connection& connection);    ///< its descriptor is known now
  void unbind(Connection& connection);  ///< before its descriptor is closed
  Connection* by_fd(int fd) {
    return static_cast<std::size_t>(fd) < by_fd_.size() ? by_fd_[static_cast<std::size_t>(fd)] : nullptr;
  }

  std::size_t size() const { return all_.size(); }
  /// REQUIRES: index < size()
  Connection& at(std::size_t index) { return *all_[index]; }

 private:
  Origins origins_;
  std::vector<std::unique_ptr<Connection>> all_;
  std::vector<Connection*> by_fd_;
};

}  // namespace reprise::webhook
