#include "request.hpp"

#include <charconv>

namespace reprise::webhook {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char digits[24];
  const auto result = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, result.ptr);
}

/// A job's id comes from a request of somebody: nothing but visible ASCII may reach a header.
std::string visible(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, 256)) result += c > 0x20 && c < 0x7f ? c : '_';
  return result;
}

}  // namespace

Stream make_stream(const reprise_stream& stream) {
  Stream result;
  result.id = MessageId(view(stream.log_id), view(stream.topic), stream.partition);
  result.is_open = true;
  const bool is_replay = (stream.flags & REPRISE_STREAM_REPLAY) != 0 || stream.job.size > 0;
  result.headers = is_replay ? "x-delivery-kind: replay\r\n" : "x-delivery-kind: live\r\n";
  if (is_replay) {
    result.headers += "x-replay-job-id: " + visible(view(stream.job)) + "\r\n";
    result.headers += "x-replay-epoch: " + std::to_string(stream.epoch) + "\r\n";
  }
  return result;
}

void Timestamp::set(std::int64_t wall_ms) {
  const std::int64_t seconds = wall_ms / 1000;
  if (seconds == seconds_) return;
  seconds_ = seconds;
  size_ = static_cast<std::size_t>(std::to_chars(text_, text_ + sizeof text_, seconds).ptr - text_);
}

void write_head(const Endpoint& endpoint, const Stream& stream, const reprise_record& record,
                std::string_view timestamp, std::string& head) {
  char id[MessageId::kBytes];
  stream.id.write(record.offset, record.part, (record.flags & REPRISE_DERIVED) != 0, id);
  const std::string_view id_text(id, sizeof id);

  head.assign(endpoint.head);
  head.append(stream.headers);
  head.append("content-length: ");
  append_number(head, record.value.size);
  head.append("\r\nwebhook-id: ").append(id_text);
  head.append("\r\nwebhook-timestamp: ").append(timestamp);
  head.append("\r\nx-delivery-attempt: ");
  append_number(head, record.attempt);
  if (!endpoint.secrets.empty()) {
    const std::string_view body = record.value.data != nullptr ? view(record.value) : std::string_view{};
    head.append("\r\nwebhook-signature: ");
    char signature[Secret::kSignatureBytes];
    for (std::size_t i = 0; i < endpoint.secrets.size(); ++i) {
      if (i > 0) head.push_back(' ');
      endpoint.secrets[i].sign(id_text, timestamp, body, signature);
      head.append(signature, sizeof signature);
    }
  }
  head.append("\r\n\r\n");
}

}  // namespace reprise::webhook
