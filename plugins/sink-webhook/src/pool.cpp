#include "pool.hpp"

#include <utility>

namespace reprise::webhook {

namespace {

Name name_of(const Url& url) {
  const auto literal = literal_address(url.host, url.port);
  return literal ? Name(*literal) : Name(url.host);
}

}  // namespace

Origin::Origin(Origins& its_origins, std::string its_key, const Url& url)
    : origins(its_origins),
      key(std::move(its_key)),
      host(url.host),
      port(url.port),
      is_tls(url.is_tls),
      is_literal(literal_address(url.host, url.port).has_value()),
      name(name_of(url)) {}

std::shared_ptr<Origin> Pool::origin_of(const Url& url) {
  const std::string key = (url.is_tls ? "https://" : "http://") + url.host + ":" + std::to_string(url.port);
  if (const auto known = origins_.find(key); known != origins_.end()) return known->second.lock();
  auto origin = std::make_shared<Origin>(origins_, key, url);
  origins_.emplace(key, origin);
  return origin;
}

Connection* Pool::take_idle(Origin& origin) {
  Connection* connection = origin.idle;
  if (connection != nullptr) origin.idle = std::exchange(connection->below, nullptr);
  return connection;
}

void Pool::put_idle(Connection& connection) {
  connection.state = Connection::State::Idle;
  connection.below = std::exchange(connection.origin->idle, &connection);
}

void Pool::drop_idle(Connection& connection) {
  Connection** link = &connection.origin->idle;
  while (*link != nullptr && *link != &connection) link = &(*link)->below;
  if (*link != nullptr) *link = std::exchange(connection.below, nullptr);
}

Connection* Pool::oldest_spare() {
  for (const auto state : {Connection::State::Idle, Connection::State::Draining}) {
    Connection* oldest = nullptr;
    for (const auto& connection : all_) {
      if (connection->state == state && (oldest == nullptr || connection->deadline_ns < oldest->deadline_ns))
        oldest = connection.get();
    }
    if (oldest != nullptr) return oldest;
  }
  return nullptr;
}

Connection& Pool::make(std::shared_ptr<Origin> origin, const ResponseParser::Limits& limits) {
  all_.push_back(std::make_unique<Connection>(std::move(origin), limits));
  all_.back()->index = all_.size() - 1;
  return *all_.back();
}

void Pool::bind(Connection& connection) {
  const auto fd = static_cast<std::size_t>(connection.fd);
  if (fd >= by_fd_.size()) by_fd_.resize(fd + 1, nullptr);
  by_fd_[fd] = &connection;
}

void Pool::unbind(Connection& connection) {
  if (connection.fd >= 0) by_fd_[static_cast<std::size_t>(connection.fd)] = nullptr;
}

void Pool::remove(Connection& connection) {
  unbind(connection);
  const std::size_t index = connection.index;
  if (index + 1 != all_.size()) {
    std::swap(all_[index], all_.back());
    all_[index]->index = index;
  }
  all_.pop_back();
}

}  // namespace reprise::webhook
