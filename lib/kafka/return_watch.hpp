#pragma once
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "lib/kafka/handles.hpp"

namespace reprise::kafka {

/// Finds out that brokers which were away are back: a client that has nothing to send or fetch would not notice. While it
/// watches, a thread asks for metadata every half second until there is an answer; else there is no thread. Thread-safe.
/// It outlives no client.
class ReturnWatch {
 public:
  /// on_back is called from that thread. stop: ends the asking within a moment.
  ReturnWatch(rd_kafka_t* client, std::stop_token stop, std::function<void()> on_back);
  /// Joins the thread: at most a question's time.
  ~ReturnWatch();
  ReturnWatch(const ReturnWatch&) = delete;
  ReturnWatch& operator=(const ReturnWatch&) = delete;

  /// Begins, unless it does so already.
  void begin();

 private:
  void ask(const std::stop_token& own);

  rd_kafka_t* const client_;
  const std::stop_token stop_;
  const std::function<void()> on_back_;
  std::mutex mutex_;
  bool is_asking_ = false;  // guarded by mutex_
  std::jthread thread_;     // guarded by mutex_
};

}  // namespace reprise::kafka
