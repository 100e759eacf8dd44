#include "tests/hostile/name_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace reprise::hostile {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::uint8_t kTypeA = 1;

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xff);
  return text;
}

}  // namespace

NameServer::NameServer() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0) throw std::runtime_error("cannot bind");
  ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
  is_stopping_ = true;
  thread_.join();
  ::close(socket_);
}

void NameServer::set(const std::string& name, const std::vector<std::string>& addresses, std::uint32_t ttl_seconds) {
  const std::lock_guard lock(mutex_);
  entries_[name] = {.addresses = addresses, .ttl_seconds = ttl_seconds, .is_silent = false};
}

void NameServer::silence(const std::string& name) {
  const std::lock_guard lock(mutex_);
  entries_[name] = {.addresses = {}, .ttl_seconds = 0, .is_silent = true};
}

void NameServer::forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  entries_.erase(name);
}

int NameServer::questions(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count(asked_.begin(), asked_.end(), name));
}

std::vector<std::string> NameServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void NameServer::serve() {
  while (!is_stopping_) {
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 20) <= 0) continue;
    std::array<char, 1500> buffer;
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const auto received =
        ::recvfrom(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (received <= static_cast<ssize_t>(kHeader)) continue;
    const std::string answer = answer_to({buffer.data(), static_cast<std::size_t>(received)});
    if (!answer.empty()) ::sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

std::string NameServer::answer_to(const std::string& question) {
  // RFC 1035, 4.1: header, then the name as labels, type and class.
  std::string name;
  std::size_t at = kHeader;
  while (at < question.size() && question[at] != 0) {
    const auto length = static_cast<std::size_t>(question[at]);
    name += (name.empty() ? "" : ".") + question.substr(at + 1, length);
    at += length + 1;
  }
  const std::size_t end = at + 5;
  if (end > question.size()) return {};
  const bool is_v4 = question[at + 2] == kTypeA;

  const std::lock_guard lock(mutex_);
  if (is_v4) asked_.push_back(name);
  const auto entry = entries_.find(name);
  if (entry != entries_.end() && entry->second.is_silent) return {};
  const bool is_known = entry != entries_.end();
  const std::vector<std::string> addresses = is_known && is_v4 ? entry->second.addresses : std::vector<std::string>{};

  std::string answer = question.substr(0, 2);
  answer += is_known ? "\x81\x80" : "\x81\x83";  // an answer, recursion; no error, or no such name
  answer += big_endian(1, 2) + big_endian(static_cast<std::uint32_t>(addresses.size()), 2) + big_endian(0, 4);
  answer += question.substr(kHeader, end - kHeader);
  for (const auto& address : addresses) {
    in_addr bytes{};
    ::inet_pton(AF_INET, address.c_str(), &bytes);
    answer += "\xc0\x0c" + big_endian(kTypeA, 2) + big_endian(1, 2) + big_endian(entry->second.ttl_seconds, 4) +
              big_endian(4, 2) + big_endian(ntohl(bytes.s_addr), 4);
  }
  return answer;
}

}  // namespace reprise::hostile
