#include "lib/kafka/error.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::kafka {
namespace {

template <std::size_t kSize>
void copy_text(char (&out)[kSize], std::string_view text) {
  const std::size_t size = std::min(text.size(), kSize - 1);
  std::memcpy(out, text.data(), size);
  out[size] = '\0';
}

struct Meaning {
  rd_kafka_resp_err_t code;
  reprise_status status;
  bool is_about_endpoint;
  std::string_view kind;
};

// Everything that is not here may succeed later: the broker is the judge, and a retry is the host's to bound.
constexpr Meaning kMeanings[] = {
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, REPRISE_RETRIABLE, true, "kafka.unreachable"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, REPRISE_RETRIABLE, true, "kafka.unreachable"},
    {RD_KAFKA_RESP_ERR__RESOLVE, REPRISE_RETRIABLE, true, "kafka.unreachable"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, REPRISE_RETRIABLE, true, "kafka.timeout"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, REPRISE_RETRIABLE, true, "kafka.timeout"},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, REPRISE_RETRIABLE, true, "kafka.timeout"},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, REPRISE_RETRIABLE, true, "kafka.timeout"},
    {RD_KAFKA_RESP_ERR__SSL, REPRISE_RETRIABLE, true, "kafka.tls"},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, REPRISE_RETRIABLE, true, "kafka.authentication"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, REPRISE_RETRIABLE, true, "kafka.authentication"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, REPRISE_RETRIABLE, true, "kafka.authorization"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, REPRISE_RETRIABLE, true, "kafka.authorization"},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, REPRISE_RETRIABLE, true, "kafka.authorization"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, REPRISE_RETRIABLE, true, "kafka.unknown_topic"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, REPRISE_RETRIABLE, true, "kafka.unknown_topic"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, REPRISE_RETRIABLE, true, "kafka.unknown_partition"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, REPRISE_PERMANENT, true, "kafka.invalid_topic"},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, REPRISE_PERMANENT, false, "record.too_large"},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, REPRISE_PERMANENT, false, "record.too_large"},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, REPRISE_PERMANENT, false, "record.refused"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, REPRISE_PERMANENT, false, "record.refused"},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, REPRISE_PERMANENT, false, "record.timestamp"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, REPRISE_PERMANENT, true, "kafka.policy"},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, REPRISE_PERMANENT, true, "kafka.policy"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, REPRISE_PERMANENT, true, "kafka.compression"},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, REPRISE_FATAL, false, "kafka.compression"},
    {RD_KAFKA_RESP_ERR__BAD_MSG, REPRISE_FATAL, false, "kafka.corrupt"},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, REPRISE_RETRIABLE, false, "kafka.queue_full"},
    {RD_KAFKA_RESP_ERR__FATAL, REPRISE_RETRIABLE, true, "kafka.producer_lost"},
    {RD_KAFKA_RESP_ERR__PURGE_QUEUE, REPRISE_RETRIABLE, false, "kafka.producer_lost"},
    {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, REPRISE_RETRIABLE, false, "kafka.producer_lost"},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, REPRISE_RETRIABLE, false, "kafka.offset_out_of_range"},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, REPRISE_RETRIABLE, false, "kafka.offset_out_of_range"},
};

const Meaning* find(rd_kafka_resp_err_t code) {
  const auto* found = std::ranges::find(kMeanings, code, &Meaning::code);
  return found == std::end(kMeanings) ? nullptr : found;
}

}  // namespace

int remaining_ms(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 86'400'000));
}

reprise_status Error::tell(reprise_error* out) const {
  if (out != nullptr) {
    *out = {};
    out->code = static_cast<std::int32_t>(code);
    out->about = is_about_endpoint ? REPRISE_ABOUT_ENDPOINT : REPRISE_ABOUT_RECORD;
    copy_text(out->kind, kind);
    copy_text(out->option, option);
    copy_text(out->message, message);
  }
  return status;
}

Error describe(rd_kafka_resp_err_t code, std::string_view what) {
  const Meaning* meaning = find(code);
  Error error;
  error.status = meaning != nullptr ? meaning->status : REPRISE_RETRIABLE;
  error.code = code;
  error.kind = kind_of(code);
  error.is_about_endpoint = meaning != nullptr && meaning->is_about_endpoint;
  error.message = std::string(what) + ": " + rd_kafka_err2str(code);
  return error;
}

std::string_view kind_of(rd_kafka_resp_err_t code) {
  const Meaning* meaning = find(code);
  return meaning != nullptr ? meaning->kind : std::string_view("kafka.error");
}

}  // namespace reprise::kafka
