#pragma once
#include <reprise/plugin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config.hpp"
#include "endpoints.hpp"
#include "failure.hpp"
#include "metrics.hpp"
#include "pool.hpp"
#include "request.hpp"
#include "resolver.hpp"
#include "timer_wheel.hpp"
#include "tls.hpp"
#include "window.hpp"

namespace reprise::webhook {

/// The sink of one instance: admits records, sends them, judges the answers, settles. It lives on the shard's thread, by
/// the host's watch and timer. Each record that deliver takes is settled
/// exactly once. Not thread-safe.
class Sender {
 public:
  Sender(const reprise_host& host, Config config);

  /// Reads certificate files. False: error says why.
  bool start(reprise_error& error);
  void open(const reprise_stream& stream);
  /// What is under way for the slot is cut: those requests may have arrived, so they count as retriable.
  void close(std::uint32_t slot);
  void route(const reprise_record* const* records, std::size_t count, reprise_route* routes) const;
  /// Takes records up to the first that has no room; returns how many.
  std::size_t deliver(const reprise_record* const* records, std::size_t count);
  void ready(int fd, std::uint32_t events);
  void wake(std::int64_t now_ns);
  /// Waits for answers until deadline_ns, then cuts what is left.
  void stop(std::int64_t deadline_ns);

 private:
  enum class Admission : std::uint8_t { Taken, NoRoom };

  // sender.cpp: lifecycle. admission.cpp: which records are taken.
  std::int64_t now() const { return host_.now(&host_, REPRISE_CLOCK_BOOT); }
  Admission admit(const reprise_record& record, const reprise_row* row, std::int64_t now_ns);
  Admission admit_to(Endpoint& endpoint, const reprise_record& record, std::int64_t now_ns);
  Admission no_room(Endpoint& endpoint, const reprise_record& record, std::int64_t now_ns);
  void resume_at(std::int64_t at_ns);
  void wait_for_late_room(Endpoint& endpoint, const reprise_record& record);
  void offer_late_room();
  void begin(Endpoint& endpoint, const reprise_record& record, bool is_late, std::int64_t now_ns);
  /// An idle connection of the origin on which nothing waits, or null. Closes those that are not clean.
  Connection* take_clean(Origin& origin);
  void refuse(const reprise_record& record, const Failure& failure);
  void defer(const reprise_record& record, const char* kind, std::string message, std::int64_t retry_after_ns);
  void tell_trouble(std::string_view key, const Failure& failure);
  void tell_well(std::string_view key);
  void forget_troubles();
  void arm();

  // sending.cpp: the way of one request.
  void connect(Connection& connection);
  void find_address(Connection& connection);
  void take_answers();
  void on_connected(Connection& connection);
  void shake_hands(Connection& connection);
  void begin_request(Connection& connection);
  /// Before the request: this address is none; the record fails only when there is no other.
  void try_next_address(Connection& connection, Failure failure);
  static void keep_most_hopeful(Connection& connection, Failure failure);
  static Failure address_refused(const Origin& origin, const reprise_error& error);
  void send(Connection& connection);
  void receive(Connection& connection);
  bool receive_once(Connection& connection);
  void watch(Connection& connection, bool wants_write);
  void schedule(Connection& connection);
  void on_late(Connection& connection);
  void cut_one_late(const Connection& spared);
  void on_timer(Connection& connection, std::int64_t now_ns);
  std::int64_t due_of(const Connection& connection) const;
  bool address_allowed(const Address& address, reprise_error& error) const;

  // settling.cpp: what became of it.
  void judge_answer(Connection& connection);
  void on_closed(Connection& connection, const IoResult& result);
  void fail(Connection& connection, const Failure& failure);
  void settle(Connection& connection, reprise_status status, int code, const Failure* failure);
  void note_outcome(Endpoint& endpoint, reprise_status status, int code, const Failure* failure, std::int64_t now_ns);
  void log(std::string_view message, reprise_text endpoint) const;
  void finish_answer(Connection& connection, bool has_surplus);
  void close_socket(Connection& connection);
  void remove(Connection& connection);

  const reprise_host& host_;
  const Config config_;
  std::vector<reprise_text> allow_cidrs_;  // views into config_
  Metrics metrics_;
  TlsContext tls_;
  TimerWheel wheel_;
  Pool pool_;
  Endpoints endpoints_;  // these two after the pool, whose origins they hold
  Resolver resolver_;
  Timer resume_timer_;
  Timer metrics_timer_;
  Timer resolver_timer_;
  Timer rows_timer_;
  std::vector<Stream> streams_;  // by slot
  // Keys to which nothing can be sent, shown in health; by the time of their last record.
  std::map<std::string, std::int64_t, std::less<>> troubles_;
  Timestamp timestamp_;
  Window window_;
  std::deque<std::string> late_queue_;  // endpoints that wait for room among the late ones, first come first
  std::int64_t armed_ns_ = TimerWheel::kNever;
  std::int64_t now_ns_ = 0;  // of the present call
  bool is_stopping_ = false;
  std::array<char, 16 * 1024> buffer_;
};

}  // namespace reprise::webhook
