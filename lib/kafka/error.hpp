#pragma once
#include <librdkafka/rdkafka.h>
#include <reprise/plugin.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace reprise::kafka {

/// When a call has to be over. CLOCK_MONOTONIC: librdkafka counts so too.
using Deadline = std::chrono::steady_clock::time_point;

/// Milliseconds until deadline for librdkafka's timeouts, 0 when it has passed, at most a day.
int remaining_ms(Deadline deadline);

/// A failure of Kafka, in the boundary's words.
struct Error {
  reprise_status status = REPRISE_FATAL;  ///< RETRIABLE, PERMANENT or FATAL
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string kind;                ///< few and stable: "kafka.unreachable", "kafka.unknown_topic"
  std::string message;             ///< one line: the thing, the value, the way out
  bool is_about_endpoint = false;  ///< every record to this topic or cluster would fail alike
  std::string option;              ///< the option at fault, or empty

  /// Fills the caller's struct and returns the status.
  reprise_status tell(reprise_error* out) const;
};

/// Either a value or an Error.
template <class T = std::monostate>
class [[nodiscard]] Result {
 public:
  Result() requires std::is_same_v<T, std::monostate> : state_(std::in_place_index<0>) {}
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  /// REQUIRES: ok()
  T& value() { return std::get<0>(state_); }
  const T& value() const { return std::get<0>(state_); }
  /// REQUIRES: !ok()
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// What a Kafka error code means to a caller, with `what` ("topic orders") in front of librdkafka's own sentence.
Error describe(rd_kafka_resp_err_t code, std::string_view what);

/// The few, stable words for a code: the `kind` of describe().
std::string_view kind_of(rd_kafka_resp_err_t code);

}  // namespace reprise::kafka
