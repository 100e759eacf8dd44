#include "resolver.hpp"

#include <ares.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace reprise::webhook {
namespace {

// 1 s, 2 s and 4 s for each server: a lost packet is made good within the default timeout.connect.
constexpr int kTimeoutMs = 1000;
constexpr int kTries = 3;
constexpr std::int64_t kFollowNs = 5'000'000'000;
constexpr char kResolvConf[] = "/etc/resolv.conf";

std::int64_t modified(const char* path) {
  struct stat status {};
  if (::stat(path, &status) != 0) return 0;
  return static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// A question on its way; c-ares hands it back exactly once.
struct Question {
  Resolver* resolver;
  std::shared_ptr<Name> name;
};

}  // namespace

void Resolver::Destroy::operator()(ares_channeldata* channel) const { ares_destroy(channel); }

Resolver::~Resolver() { stop(); }

std::string Resolver::start(const std::vector<std::string>& servers) {
  servers_.clear();
  for (const auto& server : servers) servers_ += (servers_.empty() ? "" : ",") + server;
  return open_channel();
}

std::string Resolver::open_channel() {
  channel_.reset();
  resolv_conf_time_ = modified(kResolvConf);
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.timeout = kTimeoutMs;
  options.tries = kTries;
  options.ndomains = 0;
  char lookups[] = "fb";  // the hosts file, then name servers
  options.lookups = lookups;
  options.sock_state_cb = &Resolver::on_socket;
  options.sock_state_cb_data = this;
  ares_channel channel = nullptr;
  const int status = ares_init_options(&channel, &options,
                                       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS |
                                           ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) return std::string("the name resolver does not start: ") + ares_strerror(status);
  channel_.reset(channel);
  if (!servers_.empty() && ares_set_servers_ports_csv(channel, servers_.c_str()) != ARES_SUCCESS)
    return "resolver.servers: \"" + servers_ + "\" holds what is no address (192.0.2.53, 192.0.2.53:5353)";
  return {};
}

void Resolver::follow_resolv_conf(std::int64_t now_ns) {
  if (!servers_.empty() || asked_ > 0 || now_ns - looked_ns_ < kFollowNs) return;
  looked_ns_ = now_ns;
  // If the new file cannot be used there is no channel, and names fail until it can.
  if (channel_ == nullptr || modified(kResolvConf) != resolv_conf_time_) open_channel();
}

void Resolver::ask(std::shared_ptr<Name> name, std::int64_t now_ns) {
  now_ns_ = now_ns;
  follow_resolv_conf(now_ns);
  if (channel_ == nullptr) return name->failed("there is no name resolver", false, now_ns);
  name->ask();
  ++asked_;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  auto question = std::make_unique<Question>(Question{this, std::move(name)});
  const char* text = question->name->text().c_str();
  ares_getaddrinfo(channel_.get(), text, nullptr, &hints, &Resolver::on_answer, question.release());
}

void Resolver::on_answer(void* argument, int status, int, ares_addrinfo* result) {
  const std::unique_ptr<Question> question(static_cast<Question*>(argument));
  const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owner(result, &ares_freeaddrinfo);
  Resolver& self = *question->resolver;
  Name& name = *question->name;
  --self.asked_;
  if (status == ARES_ECANCELLED || status == ARES_EDESTRUCTION) return name.failed("stopped", false, self.now_ns_);
  self.answered_.push_back(question->name);

  std::vector<Address> addresses;
  std::int64_t ttl_s = INT32_MAX;
  for (const ares_addrinfo_node* node = result != nullptr ? result->nodes : nullptr; node != nullptr;
       node = node->ai_next) {
    if ((node->ai_family != AF_INET && node->ai_family != AF_INET6) || node->ai_addrlen > sizeof(sockaddr_storage))
      continue;
    Address& address = addresses.emplace_back();
    std::memcpy(&address.storage, node->ai_addr, node->ai_addrlen);
    address.size = node->ai_addrlen;
    ttl_s = std::min<std::int64_t>(ttl_s, std::max(node->ai_ttl, 0));
  }
  if (status == ARES_SUCCESS && !addresses.empty())
    return name.found(std::move(addresses), ttl_s * 1'000'000'000, self.now_ns_);
  const bool is_gone = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_SUCCESS;
  name.failed(status == ARES_SUCCESS ? "the name has no address" : ares_strerror(status), is_gone, self.now_ns_);
}

void Resolver::on_socket(void* argument, int fd, int is_read, int is_write) {
  Resolver& self = *static_cast<Resolver*>(argument);
  const auto events = static_cast<std::uint32_t>((is_read != 0 ? REPRISE_READABLE : 0) |  //
                                                 (is_write != 0 ? REPRISE_WRITABLE : 0));
  self.host_.watch(&self.host_, fd, events, nullptr);
  std::erase_if(self.sockets_, [&](const pollfd& known) { return known.fd == fd; });
  const auto awaited = static_cast<short>((is_read != 0 ? POLLIN : 0) | (is_write != 0 ? POLLOUT : 0));
  if (awaited != 0) self.sockets_.push_back({.fd = fd, .events = awaited, .revents = 0});
}

void Resolver::ready(int fd, std::uint32_t events, std::int64_t now_ns) {
  if (channel_ == nullptr) return;
  now_ns_ = now_ns;
  ares_process_fd(channel_.get(), (events & REPRISE_READABLE) != 0 ? fd : ARES_SOCKET_BAD,
                  (events & REPRISE_WRITABLE) != 0 ? fd : ARES_SOCKET_BAD);
}

void Resolver::on_time(std::int64_t now_ns) {
  if (channel_ == nullptr) return;
  now_ns_ = now_ns;
  ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

std::int64_t Resolver::next_ns(std::int64_t now_ns) const {
  timeval wait{};
  if (asked_ == 0 || ares_timeout(channel_.get(), nullptr, &wait) == nullptr) return kNever;
  return now_ns + static_cast<std::int64_t>(wait.tv_sec) * 1'000'000'000 + wait.tv_usec * 1'000;
}

std::vector<std::shared_ptr<Name>> Resolver::take_answered() { return std::exchange(answered_, {}); }

void Resolver::stop() {
  channel_.reset();
  answered_.clear();
}

}  // namespace reprise::webhook
