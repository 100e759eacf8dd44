#include "resolver.hpp"

#include <netdb.h>
#include <resolv.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

namespace reprise::webhook {
namespace {

void look_up(Resolver::Answer& answer) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int problem = getaddrinfo(answer.host.c_str(), std::to_string(answer.port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  if (problem != 0) {
    answer.problem = gai_strerror(problem);
    return;
  }
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if ((entry->ai_family != AF_INET && entry->ai_family != AF_INET6) || entry->ai_addrlen > sizeof(sockaddr_storage))
      continue;
    Address& address = answer.addresses.emplace_back();
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  if (answer.addresses.empty()) answer.problem = "the name has no address";
}

}  // namespace

void Resolver::ask(std::string host, std::uint16_t port) {
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back({.host = std::move(host), .port = port, .addresses = {}, .problem = {}});
  }
  changed_.notify_one();
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

std::vector<Resolver::Answer> Resolver::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void Resolver::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Resolver::run(const std::stop_token& stop) {
  // Of this thread only: two tries of 2 s, so that stop never waits for the 10 s or more of a default resolv.conf.
  if (res_init() == 0) {
    _res.retrans = 2;
    _res.retry = 2;
  }
  while (!stop.stop_requested()) {
    Answer answer;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait_for(lock, stop, std::chrono::seconds(60), [this] { return !questions_.empty(); })) continue;
      answer = std::move(questions_.front());
      questions_.pop_front();
    }
    look_up(answer);
    {
      const std::lock_guard lock(mutex_);
      answers_.push_back(std::move(answer));
    }
    notify_();
  }
}

}  // namespace reprise::webhook
