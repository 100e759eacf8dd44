#include "host/replay/progress.hpp"

#include "host/base/text.hpp"

namespace reprise::replay {
namespace {
constexpr std::size_t kMaxReasonBytes = 120;

std::string shortened(const std::string& text) {
  if (text.size() <= kMaxReasonBytes) return text;
  std::size_t size = kMaxReasonBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;  // not within a character of UTF-8
  return text.substr(0, size) + "...";
}

}  // namespace

std::string Progress::waits() const {
  if (!is_running) return {};
  if (is_asking) return "the log does not answer yet";
  if (is_verifying) return {};
  if (trouble.last_kind.empty()) {
    return held.empty() ? held
                        : "a transaction is open in " + held + " on: what lies behind cannot be read before it ends";
  }
  if (trouble.last_kind == "endpoint.rate") return {};  // its own limit: slow, and as it should be
  return "the endpoint does not take records: " + with_thousands(trouble.parked) + " to be tried again, " +
         with_thousands(trouble.held) + " held, " + with_thousands(counters.retries) + " retries; last " +
         trouble.last_kind + ": " + shortened(trouble.last_message);
}

}  // namespace reprise::replay
