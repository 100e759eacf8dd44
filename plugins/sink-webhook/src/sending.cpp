#include <algorithm>
#include <cerrno>
#include <utility>

#include "sender.hpp"

namespace reprise::webhook {
namespace {

// A connection that was read empty this short a time ago is used again without another look: under load each answer
// makes room for the next request at once, so that the look costs nothing there.
constexpr std::int64_t kLookAgainNs = 1'000'000;
constexpr std::int64_t kLeaseMarginNs = 2 * TimerWheel::kTickNs;

}  // namespace

bool Sender::address_allowed(const Address& address, reprise_error& error) const {
  return host_.check_address(&host_, address.bytes(), address.port(), allow_cidrs_.data(), allow_cidrs_.size(),
                             &error) == REPRISE_OK;
}

void Sender::find_address(Connection& connection) {
  Name& name = connection.origin->name;
  const bool is_asking = name.wants_question(now_ns_);
  if (is_asking) resolver_.ask({connection.origin, &name}, now_ns_);
  if (name.is_usable(now_ns_)) {
    connect(connection);
  } else if (name.is_worth_waiting(now_ns_)) {
    connection.state = Connection::State::Resolving;
  } else {
    fail(connection, {.kind = "resolve.failed",
                      .message = "\"" + connection.origin->host + "\" cannot be resolved: " + name.problem()});
  }
  if (is_asking) take_answers();
}

void Sender::take_answers() {
  for (const auto& name : resolver_.take_answered()) {
    for (std::size_t i = pool_.size(); i-- > 0;) {
      Connection& connection = pool_.at(i);
      if (&connection.origin->name == name.get() && connection.state == Connection::State::Resolving)
        find_address(connection);
    }
  }
  const std::int64_t next_ns = resolver_.next_ns(now_ns_);
  if (next_ns == Resolver::kNever)
    wheel_.cancel(resolver_timer_);
  else
    wheel_.set(resolver_timer_, next_ns);
}

void Sender::connect(Connection& connection) {
  const Origin& origin = *connection.origin;
  while (connection.next_address < origin.name.addresses().size()) {
    Address address = origin.name.addresses()[connection.next_address++];
    address.set_port(origin.port);
    reprise_error error{};
    if (!address_allowed(address, error)) {
      keep_most_hopeful(connection, address_refused(origin, error));
      continue;
    }
    metrics_.opened();
    const IoResult result = connection.open(address);
    if (connection.fd >= 0) pool_.bind(connection);
    if (result.io == Io::Ok) return on_connected(connection);
    if (result.io == Io::WantWrite) {
      connection.state = Connection::State::Connecting;
      return watch(connection, true);
    }
    keep_most_hopeful(connection, {.kind = "connect.failed",
                                   .message = "cannot connect to " + address.text() + ": " + strerror(result.error)});
    close_socket(connection);
  }
  fail(connection, connection.address_failure);
}

Failure Sender::address_refused(const Origin& origin, const reprise_error& error) {
  // Only a literal address is the customer's own word; what a name leads to is the word of whoever answered for it.
  return {.status = origin.is_literal ? REPRISE_PERMANENT : REPRISE_RETRIABLE,
          .kind = "address.refused",
          .message = "\"" + origin.host + "\": " + error.message,
          .about = REPRISE_ABOUT_ENDPOINT};
}

void Sender::keep_most_hopeful(Connection& connection, Failure failure) {
  // About the record: nobody was reached. About the endpoint: somebody was found and is the wrong one.
  Failure& kept = connection.address_failure;
  if (kept.message.empty() || kept.about == REPRISE_ABOUT_ENDPOINT) kept = std::move(failure);
}

void Sender::try_next_address(Connection& connection, Failure failure) {
  keep_most_hopeful(connection, std::move(failure));
  close_socket(connection);
  connect(connection);
}

void Sender::on_connected(Connection& connection) {
  // What counts is where the socket really is.
  Address peer;
  reprise_error error{};
  if (!connection.peer(peer)) return on_closed(connection, {Io::Failed, 0, errno});
  if (!address_allowed(peer, error)) return try_next_address(connection, address_refused(*connection.origin, error));
  if (connection.origin->is_tls) {
    connection.start_tls(tls_, now_ns_);
    connection.state = Connection::State::Handshaking;
    return shake_hands(connection);
  }
  begin_request(connection);
}

void Sender::shake_hands(Connection& connection) {
  const IoResult result = connection.tls->handshake();
  switch (result.io) {
    case Io::WantRead:
      return watch(connection, false);
    case Io::WantWrite:
      return watch(connection, true);
    case Io::Ok:
      return begin_request(connection);
    case Io::Closed:
    case Io::Failed:
      break;
  }
  const std::string& host = connection.origin->host;
  if (connection.tls->is_wrong_name()) {
    return try_next_address(connection, {.kind = "tls.name",
                                         .message = "the certificate is not for \"" + host + "\"",
                                         .about = REPRISE_ABOUT_ENDPOINT});
  }
  connection.origin->session = {};
  try_next_address(connection, {.kind = "tls.handshake",
                                .message = "TLS with \"" + host + "\" failed: " + connection.tls->problem()});
}

void Sender::begin_request(Connection& connection) {
  connection.retire_ns = now_ns_ + config_.connection_max_age.count();
  if (connection.tls != nullptr)
    connection.retire_ns = std::min(connection.retire_ns, connection.tls->verified_until_ns());
  connection.deadline_ns = connection.request.started_ns + config_.total_timeout.count();
  schedule(connection);
  connection.state = Connection::State::Sending;
  watch(connection, false);
  send(connection);
}

void Sender::send(Connection& connection) {
  const IoResult result = connection.send();
  switch (result.io) {
    case Io::Ok:
      metrics_.sent(connection.request_bytes());
      connection.state = Connection::State::Waiting;
      if (connection.watches_write) watch(connection, false);
      return;
    case Io::WantRead:
      return watch(connection, false);
    case Io::WantWrite:
      return watch(connection, true);
    case Io::Closed:
    case Io::Failed:
      return on_closed(connection, result);
  }
}

void Sender::watch(Connection& connection, bool wants_write) {
  connection.watches_write = wants_write;
  const bool is_connecting = connection.state == Connection::State::Connecting;
  const auto events =
      static_cast<std::uint32_t>((is_connecting ? 0 : REPRISE_READABLE) | (wants_write ? REPRISE_WRITABLE : 0));
  if (connection.watched_events == events) return;
  connection.watched_events = events;
  host_.watch(&host_, connection.fd, events, nullptr);
}

void Sender::receive(Connection& connection) {
  const int fd = connection.fd;
  // What TLS has read ahead no event tells of again.
  while (receive_once(connection) && pool_.by_fd(fd) == &connection && connection.has_pending()) {
  }
}

/// False: nothing was there.
bool Sender::receive_once(Connection& connection) {
  const IoResult result = connection.receive(buffer_.data(), buffer_.size());
  if (result.io == Io::WantRead || result.io == Io::WantWrite) return false;
  if (result.io != Io::Ok) {
    on_closed(connection, result);
    return true;
  }
  metrics_.received(result.bytes);
  if (connection.state == Connection::State::Idle) {
    // Bytes that no request asked for: whatever they are, they must not be taken for the next answer.
    pool_.drop_idle(connection);
    remove(connection);
    return true;
  }
  connection.has_answer = true;
  connection.emptied_ns = result.bytes < buffer_.size() ? now_ns_ : 0;
  const std::size_t used = connection.parser.feed(buffer_.data(), result.bytes);
  finish_answer(connection, used < result.bytes);
  return true;
}

Connection* Sender::take_clean(Origin& origin) {
  while (Connection* connection = pool_.take_idle(origin)) {
    const bool was_looked_at = now_ns_ - connection->emptied_ns < kLookAgainNs;
    const bool is_clean = now_ns_ < connection->retire_ns &&
                          (was_looked_at || connection->receive(buffer_.data(), buffer_.size()).io == Io::WantRead) &&
                          !connection->has_pending();
    if (is_clean) return connection;
    remove(*connection);
  }
  return nullptr;
}

std::int64_t Sender::due_of(const Connection& connection) const {
  std::int64_t due_ns = connection.deadline_ns;
  if (connection.is_settled) return due_ns;
  if (!connection.request.is_detached) due_ns = std::min(due_ns, connection.request.started_ns + kLateNs);
  const std::int64_t lease_ns = host_.lease_ns(&host_, connection.request.slot);
  return lease_ns == INT64_MAX ? due_ns : std::min(due_ns, lease_ns - kLeaseMarginNs);
}

void Sender::schedule(Connection& connection) {
  // A timer that fires too early is set again when it does: so a request that is answered in time never touches it.
  const std::int64_t due_ns = due_of(connection);
  if (!connection.is_set() || connection.due_ns() > due_ns) wheel_.set(connection, due_ns);
}

void Sender::on_timer(Connection& connection, std::int64_t now_ns) {
  if (connection.state == Connection::State::Idle) {
    if (now_ns < connection.deadline_ns) return schedule(connection);
    pool_.drop_idle(connection);
    return remove(connection);
  }
  if (now_ns >= connection.deadline_ns) {
    if (connection.is_settled) return remove(connection);
    const bool is_connecting = connection.state == Connection::State::Resolving ||
                               connection.state == Connection::State::Connecting ||
                               connection.state == Connection::State::Handshaking;
    Name& name = connection.origin->name;
    if (connection.state == Connection::State::Resolving)
      name.give_up(now_ns);
    else if (is_connecting)
      name.pass_over(connection.next_address - 1);
    if (is_connecting)
      return fail(connection, {.kind = "timeout.connect", .message = "no connection within timeout.connect"});
    return fail(connection, {.kind = "timeout.total", .message = "no answer within timeout.total"});
  }
  if (!connection.is_settled) {
    Request& request = connection.request;
    const std::int64_t lease_ns = host_.lease_ns(&host_, request.slot);
    if (lease_ns != INT64_MAX && lease_ns - kLeaseMarginNs <= now_ns) {
      return fail(connection,
                  {.kind = "lease.over", .message = "the lease ended before the answer came", .is_ours = true});
    }
    if (!request.is_detached && now_ns >= request.started_ns + kLateNs) on_late(connection);
  }
  schedule(connection);
}

void Sender::on_late(Connection& connection) {
  Request& request = connection.request;
  request.is_detached = true;  // a record held longer pins the source's memory
  if (const reprise_record* copy = host_.detach(&host_, request.record); copy != nullptr) {
    request.record = copy;
    request.handle = copy->handle;
    connection.set_body(copy->value);
  }
  if (endpoints_.is_fixed()) return;  // there are no others to leave room for
  request.endpoint->is_late = true;
  if (std::exchange(request.is_late, true)) return;
  const bool was_full = !window_.has_room();
  window_.turn_late();
  if (window_.has_too_many_late()) cut_one_late(connection);
  if (was_full && window_.has_room()) host_.resume(&host_, 0);
}

// Who has waited longest gives way; its record waits for its turn among the late ones.
void Sender::cut_one_late(const Connection& spared) {
  Connection* oldest = nullptr;
  for (std::size_t i = 0; i < pool_.size(); ++i) {
    Connection& each = pool_.at(i);
    if (&each == &spared || each.is_settled || !each.request.is_late) continue;
    if (oldest == nullptr || each.request.started_ns < oldest->request.started_ns) oldest = &each;
  }
  if (oldest == nullptr) return;
  const auto waited_ms = (now_ns_ - oldest->request.started_ns) / 1'000'000;
  fail(*oldest,
       {.kind = "timeout.crowded",
        .message = "no answer for " + std::to_string(waited_ms) + " ms, and too many others give none either"});
}

}  // namespace reprise::webhook
