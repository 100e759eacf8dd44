#include "metrics.hpp"

#include "failure.hpp"

namespace reprise::webhook {
namespace {

std::uint64_t register_metric(const reprise_host& host, std::int32_t kind, const char* name, const char* help) {
  return host.metric(&host, kind, text_of(name), text_of(help), nullptr, 0);
}

}  // namespace

Metrics::Metrics(const reprise_host& host) : host_(host) {
  static constexpr std::array<const char*, 6> kClasses{"error", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    attempts_[i] = make("reprise_webhook_attempts_total",
                        "Attempts that ended, by class of the answer; error: no answer", "class", kClasses[i]);
  }
  sent_bytes_ = make("reprise_webhook_sent_bytes_total", "Bytes of requests, heads included");
  received_bytes_ = make("reprise_webhook_received_bytes_total", "Bytes of responses, heads included");
  opened_ = make("reprise_webhook_connections_opened_total", "Connections begun");
  stale_ = make("reprise_webhook_connections_stale_total",
                "Kept connections that the receiver had closed when they were used again");
  deferred_ = make("reprise_webhook_deferred_total", "Records given back without an attempt");
  latency_ = register_metric(host, REPRISE_HISTOGRAM, "reprise_webhook_attempt_seconds",
                             "From the start of an attempt to the end of the response's head");
  connections_ =
      register_metric(host, REPRISE_GAUGE, "reprise_webhook_connections", "Connections open or being opened");
  in_flight_ = register_metric(host, REPRISE_GAUGE, "reprise_webhook_in_flight", "Requests under way");
}

Metrics::Counter Metrics::make(const char* name, const char* help, const char* label, const char* value) {
  if (label == nullptr) return {.id = register_metric(host_, REPRISE_COUNTER, name, help), .pending = 0};
  const reprise_option labels{.key = text_of(label), .value = text_of(value), .flags = 0, .reserved = 0};
  return {.id = host_.metric(&host_, REPRISE_COUNTER, text_of(name), text_of(help), &labels, 1), .pending = 0};
}

void Metrics::attempt(int http_status, std::int64_t latency_ns) {
  const auto index = static_cast<std::size_t>(http_status / 100);
  attempts_[index < attempts_.size() ? index : 0].pending += 1;
  if (http_status != 0 && latency_ != 0) host_.measure(&host_, latency_, static_cast<double>(latency_ns) * 1e-9);
}

void Metrics::flush(Counter& counter) {
  if (counter.pending == 0 || counter.id == 0) return;
  host_.measure(&host_, counter.id, counter.pending);
  counter.pending = 0;
}

void Metrics::flush(std::size_t connections, std::size_t in_flight) {
  for (auto& counter : attempts_) flush(counter);
  for (Counter* counter : {&sent_bytes_, &received_bytes_, &opened_, &stale_, &deferred_}) flush(*counter);
  if (connections_ != 0) host_.measure(&host_, connections_, static_cast<double>(connections));
  if (in_flight_ != 0) host_.measure(&host_, in_flight_, static_cast<double>(in_flight));
}

}  // namespace reprise::webhook
