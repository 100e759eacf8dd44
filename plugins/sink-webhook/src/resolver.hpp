#pragma once
#include <poll.h>
#include <reprise/plugin.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "name.hpp"

struct ares_channeldata;
struct ares_addrinfo;

namespace reprise::webhook {

/// Asks for names by c-ares: /etc/hosts, then the name servers, all questions side by side and none twice. Names are
/// absolute: no search domain is put behind them. Belongs to the shard's thread and has none of its own: its sockets are
/// watched by the host, its time-outs are the owner's timer.
class Resolver {
 public:
  static constexpr std::int64_t kNever = INT64_MAX;

  explicit Resolver(const reprise_host& host) : host_(host) {}
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// servers: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353"; none: those of /etc/resolv.conf, also when that
  /// changes later. Empty when all is well, otherwise what is wrong.
  std::string start(const std::vector<std::string>& servers);
  /// Tells the name its answer: within this call (/etc/hosts), or within a later one of this object. The name is held
  /// until then. REQUIRES: name->wants_question()
  void ask(std::shared_ptr<Name> name, std::int64_t now_ns);
  /// A descriptor that is not the owner's is ready.
  void ready(int fd, std::uint32_t events, std::int64_t now_ns);
  void on_time(std::int64_t now_ns);
  /// When on_time is wanted; kNever without questions.
  std::int64_t next_ns(std::int64_t now_ns) const;
  /// The names that were answered since the last call.
  std::vector<std::shared_ptr<Name>> take_answered();
  /// What it waits for, for an owner that polls by itself.
  const std::vector<pollfd>& sockets() const { return sockets_; }
  /// Forgets all questions, at once.
  void stop();

 private:
  struct Destroy {
    void operator()(ares_channeldata* channel) const;
  };

  static void on_answer(void* name, int status, int timeouts, ares_addrinfo* result);
  static void on_socket(void* self, int fd, int is_read, int is_write);
  std::string open_channel();
  void follow_resolv_conf(std::int64_t now_ns);

  const reprise_host& host_;
  std::string servers_;  // as c-ares reads them
  std::vector<pollfd> sockets_;
  std::size_t asked_ = 0;  // questions on their way
  std::vector<std::shared_ptr<Name>> answered_;
  std::int64_t now_ns_ = 0;                             // of the present call
  std::int64_t looked_ns_ = 0;                          // at resolv.conf
  std::int64_t resolv_conf_time_ = 0;                   // its modification, when the channel was opened
  std::unique_ptr<ares_channeldata, Destroy> channel_;  // last: its end still calls on_socket
};

}  // namespace reprise::webhook
