#include "lib/kafka/return_watch.hpp"

#include <condition_variable>
#include <utility>

namespace reprise::kafka {
namespace {

using namespace std::chrono_literals;
constexpr auto kBetweenQuestions = 500ms;
constexpr int kQuestionMs = 1000;

}  // namespace

ReturnWatch::ReturnWatch(rd_kafka_t* client, std::stop_token stop, std::function<void()> on_back)
    : client_(client), stop_(std::move(stop)), on_back_(std::move(on_back)) {}

ReturnWatch::~ReturnWatch() = default;

void ReturnWatch::begin() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_asking_, true)) return;
  thread_ = std::jthread([this](const std::stop_token& own) { ask(own); });  // the one before has ended
}

void ReturnWatch::ask(const std::stop_token& own) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any stopped;
  const std::stop_callback on_stop(stop_, [&] { stopped.notify_all(); });
  while (!own.stop_requested() && !stop_.stop_requested()) {
    const struct rd_kafka_metadata* metadata = nullptr;
    if (rd_kafka_metadata(client_, 0, nullptr, &metadata, kQuestionMs) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_metadata_destroy(metadata);
      {
        const std::lock_guard guard(mutex_);
        is_asking_ = false;
      }
      on_back_();
      return;
    }
    stopped.wait_for(lock, own, kBetweenQuestions, [this] { return stop_.stop_requested(); });
  }
}

}  // namespace reprise::kafka
