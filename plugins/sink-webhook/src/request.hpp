#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "endpoint.hpp"
#include "message_id.hpp"

namespace reprise::webhook {

/// What all requests of one stream share.
struct Stream {
  MessageId id;
  std::string headers;  ///< x-delivery-kind and, of a replay, x-replay-job-id and x-replay-epoch
  bool is_open = false;
};

Stream make_stream(const reprise_stream& stream);

/// The attempt's time as the headers show it, rendered once a second.
class Timestamp {
 public:
  void set(std::int64_t wall_ms);
  std::string_view text() const { return {text_, size_}; }

 private:
  std::int64_t seconds_ = -1;
  char text_[24];
  std::size_t size_ = 0;
};

/// Writes the whole head of the request for this record, up to and with the empty line. The body is the record's value.
void write_head(const Endpoint& endpoint, const Stream& stream, const reprise_record& record,
                std::string_view timestamp, std::string& head);

}  // namespace reprise::webhook
