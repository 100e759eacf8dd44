#include "sender.hpp"

#include <poll.h>

#include <algorithm>

namespace reprise::webhook {
namespace {
constexpr std::int64_t kMetricsIntervalNs = 250'000'000;
constexpr std::int64_t kRowsIntervalNs = 1'000'000'000;
}  // namespace

Sender::Sender(const reprise_host& host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host),
      endpoints_(host, config_),
      resolver_(host),
      window_(config_.max_in_flight, host.max_in_flight_records) {
  for (const auto& cidr : config_.allow_cidrs) allow_cidrs_.push_back(text_of(cidr));
}

bool Sender::start(reprise_error& error) {
  is_stopping_ = false;
  if (const std::string problem = tls_.load(config_); !problem.empty()) {
    fill({.status = REPRISE_FATAL, .kind = "tls.files", .message = problem}, error);
    return false;
  }
  const std::string problem = resolver_.start(config_.resolver_servers);
  if (!problem.empty()) fill({.status = REPRISE_FATAL, .kind = "resolver", .message = problem}, error);
  return problem.empty();
}

void Sender::open(const reprise_stream& stream) {
  if (stream.slot >= streams_.size()) streams_.resize(stream.slot + 1);
  streams_[stream.slot] = make_stream(stream);
}

void Sender::close(std::uint32_t slot) {
  for (std::size_t i = pool_.size(); i-- > 0;) {
    Connection& connection = pool_.at(i);
    if (!connection.is_settled && connection.request.slot == slot) {
      fail(connection, {.status = REPRISE_RETRIABLE,
                        .kind = "stopped",
                        .message = "the stream was closed before the answer came",
                        .is_ours = true});
    }
  }
  if (slot < streams_.size()) streams_[slot].is_open = false;
}

void Sender::route(const reprise_record* const* records, std::size_t count, reprise_route* routes) const {
  for (std::size_t i = 0; i < count; ++i) {
    const reprise_bytes key = records[i]->key;
    routes[i].group = endpoints_.group_of(view(key));
    switch (config_.ordering) {
      case Ordering::None:
        routes[i].order = 0;
        break;
      case Ordering::PerKey:
        routes[i].order = key.data != nullptr ? hash_of(view(key)) : 0;
        break;
      case Ordering::PerEndpoint:
        routes[i].order = endpoints_.is_fixed() ? 1 : routes[i].group;
        break;
    }
  }
}

void Sender::ready(int fd, std::uint32_t events) {
  now_ns_ = now();
  Connection* connection = pool_.by_fd(fd);
  if (connection == nullptr) {
    resolver_.ready(fd, events, now_ns_);
    take_answers();
    return arm();
  }
  switch (connection->state) {
    case Connection::State::Connecting: {
      const IoResult result = connection->connected();
      if (result.io == Io::Ok)
        on_connected(*connection);
      else if (result.io == Io::Failed)
        on_closed(*connection, result);
      break;
    }
    case Connection::State::Handshaking:
      shake_hands(*connection);
      break;
    case Connection::State::Sending:
      // An answer may come before the request is out (413): look for it first, so that it is not lost in a reset.
      receive(*connection);
      if (pool_.by_fd(fd) == connection && connection->state == Connection::State::Sending) send(*connection);
      break;
    case Connection::State::Idle:
    case Connection::State::Waiting:
    case Connection::State::Draining:
      receive(*connection);
      break;
    case Connection::State::Resolving:
      break;
  }
  arm();
}

void Sender::wake(std::int64_t now_ns) {
  now_ns_ = std::max(now_ns, now());
  if (now_ns_ >= armed_ns_) armed_ns_ = TimerWheel::kNever;
  wheel_.advance(now_ns_, [this](Timer& timer) {
    if (&timer == &resume_timer_) {
      host_.resume(&host_, 0);
    } else if (&timer == &metrics_timer_) {
      metrics_.flush(pool_.size(), window_.size());
      forget_troubles();
    } else if (&timer == &resolver_timer_) {
      resolver_.on_time(now_ns_);
      take_answers();
    } else if (&timer == &rows_timer_) {
      endpoints_.look_again(now_ns_);
    } else {
      on_timer(static_cast<Connection&>(timer), now_ns_);
    }
  });
  arm();
}

void Sender::arm() {
  if (!metrics_timer_.is_set() && window_.size() > 0) wheel_.set(metrics_timer_, now_ns_ + kMetricsIntervalNs);
  if (!rows_timer_.is_set() && endpoints_.has_rows() && !is_stopping_)
    wheel_.set(rows_timer_, now_ns_ + kRowsIntervalNs);
  // An alarm that comes too early costs one look; only one that would come too late is moved.
  if (wheel_.next_ns() >= armed_ns_) return;
  armed_ns_ = wheel_.next_ns();
  host_.wake_at(&host_, armed_ns_);
}

void Sender::stop(std::int64_t deadline_ns) {
  is_stopping_ = true;
  wheel_.cancel(rows_timer_);
  std::vector<pollfd> sockets;
  while (window_.size() > 0 && now() < deadline_ns) {
    sockets = resolver_.sockets();
    for (std::size_t i = 0; i < pool_.size(); ++i) {
      const Connection& connection = pool_.at(i);
      if (connection.is_settled || connection.fd < 0) continue;
      const auto events = static_cast<short>(POLLIN | (connection.watches_write ? POLLOUT : 0));
      sockets.push_back({.fd = connection.fd, .events = events, .revents = 0});
    }
    const std::int64_t wait_ms = std::clamp<std::int64_t>((deadline_ns - now()) / 1'000'000, 0, 10);
    ::poll(sockets.data(), sockets.size(), static_cast<int>(wait_ms));
    for (const auto& socket : sockets) {
      const bool is_writable = (socket.revents & POLLOUT) != 0;
      const bool is_readable = (socket.revents & ~POLLOUT) != 0;
      if (socket.revents != 0) {
        ready(socket.fd,
              static_cast<std::uint32_t>((is_readable ? REPRISE_READABLE : 0) | (is_writable ? REPRISE_WRITABLE : 0)));
      }
    }
    wake(now());
  }
  now_ns_ = now();
  while (pool_.size() > 0) {
    Connection& connection = pool_.at(pool_.size() - 1);
    // It may have arrived: "not tried" would be a lie, so it is sent again.
    fail(
        connection,
        {.status = REPRISE_RETRIABLE, .kind = "stopped", .message = "stopped before the answer came", .is_ours = true});
  }
  resolver_.stop();
  wheel_.cancel(resolver_timer_);
  wheel_.cancel(resume_timer_);
  wheel_.cancel(metrics_timer_);
  metrics_.flush(0, 0);
}

}  // namespace reprise::webhook
