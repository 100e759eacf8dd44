#pragma once
#include <librdkafka/rdkafka.h>

#include <atomic>

namespace reprise::kafka {

/// Whether a client's brokers are away, and how badly: silent, or refusing its credentials. Of one client. Thread-safe.
class Absence {
 public:
  /// True: it is worse than it was, so it is to be told. That no broker is left also follows when each refuses us: the refusal
  /// is what counts until end().
  bool begin(rd_kafka_resp_err_t code) {
    const How how = code == RD_KAFKA_RESP_ERR__AUTHENTICATION ? How::Refusing : How::Silent;
    How before = how_.load();
    while (before < how && !how_.compare_exchange_weak(before, how)) {
    }
    return before < how;
  }
  bool is_refusal() const { return how_.load(std::memory_order_relaxed) == How::Refusing; }
  /// False: they were not away.
  bool end() { return how_.load(std::memory_order_relaxed) != How::Not && how_.exchange(How::Not) != How::Not; }

 private:
  enum class How { Not, Silent, Refusing };
  std::atomic<How> how_ = How::Not;
};

}  // namespace reprise::kafka
