#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace reprise::hostile {

/// A DNS server on loopback (UDP, a free port) that says what a test wants: addresses with a time to live, silence, or,
/// of every other name, that there is none.
class NameServer {
 public:
  NameServer();
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  void set(const std::string& name, const std::vector<std::string>& addresses, std::uint32_t ttl_seconds = 60);
  void silence(const std::string& name);
  void forget(const std::string& name);
  /// "127.0.0.1:12345", for resolver.servers
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// How often the IPv4 addresses of this name were asked for.
  int questions(const std::string& name) const;
  std::vector<std::string> asked() const;

 private:
  struct Entry {
    std::vector<std::string> addresses;
    std::uint32_t ttl_seconds = 0;
    bool is_silent = false;
  };

  void serve();
  /// Empty: no answer.
  std::string answer_to(const std::string& question);

  int socket_ = -1;
  int port_ = 0;
  std::atomic<bool> is_stopping_{false};
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
  std::vector<std::string> asked_;        // guarded by mutex_: names of questions for type A
  std::thread thread_;
};

}  // namespace reprise::hostile
