#pragma once
#include <reprise/plugin.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace reprise::webhook {

/// The instance's metrics. Counters are summed here and told to the host by flush, so an attempt costs an addition and
/// one observation. Belongs to the shard's thread.
class Metrics {
 public:
  explicit Metrics(const reprise_host& host);

  /// http_status 0: no answer. latency of an answered attempt.
  void attempt(int http_status, std::int64_t latency_ns);
  void sent(std::size_t bytes) { sent_bytes_.pending += static_cast<double>(bytes); }
  void received(std::size_t bytes) { received_bytes_.pending += static_cast<double>(bytes); }
  void opened() { opened_.pending += 1; }
  void stale() { stale_.pending += 1; }
  void deferred() { deferred_.pending += 1; }

  void flush(std::size_t connections, std::size_t in_flight);

 private:
  struct Counter {
    std::uint64_t id = 0;
    double pending = 0;
  };

  Counter make(const char* name, const char* help, const char* label = nullptr, const char* value = nullptr);
  void flush(Counter& counter);

  const reprise_host& host_;
  std::array<Counter, 6> attempts_;  // by class: no answer, 1xx .. 5xx
  Counter sent_bytes_, received_bytes_, opened_, stale_, deferred_;
  std::uint64_t latency_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t in_flight_ = 0;
};

}  // namespace reprise::webhook
