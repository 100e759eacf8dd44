#pragma once
#include <cstdint>
#include <string_view>

#include "sha256.hpp"

namespace reprise::webhook {

/// Makes the webhook-id of the records of one partition: "msg_" and, in lower-case base32 (RFC 4648, 6), the first 120
/// bits of SHA-256 over
///   "reprise.webhook-id.1"                          20 bytes
///   size of log_id u32, log_id; size of topic u32, topic; partition i32
///   kind u8: 0 a record of the log, 1 one that a transform made without an input
///   offset i64; part u32, only where it is not 0
/// with big-endian numbers. So it is the same over retries, owners and jobs. The hash state after the partition is kept.
class MessageId {
 public:
  static constexpr std::size_t kBytes = 4 + 24;

  MessageId() = default;
  MessageId(std::string_view log_id, std::string_view topic, std::int32_t partition);

  /// Writes kBytes characters at out.
  void write(std::int64_t offset, std::uint32_t part, bool is_derived, char* out) const;

 private:
  Sha256 prefix_;
};

}  // namespace reprise::webhook
