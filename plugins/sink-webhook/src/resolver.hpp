#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "address.hpp"

namespace reprise::webhook {

/// Looks names up on a thread of its own, because getaddrinfo blocks. The thread starts with the first question, so an
/// instance whose URLs hold addresses has none. ask, take and stop belong to the owner's thread.
class Resolver {
 public:
  struct Answer {
    std::string host;
    std::uint16_t port = 0;
    std::vector<Address> addresses;
    std::string problem;  ///< empty: addresses are good
  };

  /// notify is called on the resolver's thread when there is an answer.
  explicit Resolver(std::function<void()> notify) : notify_(std::move(notify)) {}
  ~Resolver() { stop(); }

  void ask(std::string host, std::uint16_t port);
  /// All answers so far.
  std::vector<Answer> take();
  /// Joins the thread. A look-up under way is waited for: its time-out is about 4 s for each name server.
  void stop();

 private:
  void run(const std::stop_token& stop);

  const std::function<void()> notify_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Answer> questions_;  // guarded by mutex_
  std::vector<Answer> answers_;   // guarded by mutex_
  std::jthread thread_;           // last: stops before what it uses dies
};

}  // namespace reprise::webhook
