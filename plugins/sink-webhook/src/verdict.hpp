#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace reprise::webhook {

/// What an HTTP status means for the record that was sent.
struct Verdict {
  reprise_status status = REPRISE_RETRIABLE;
  std::int32_t about = REPRISE_ABOUT_RECORD;
  const char* kind = "http.status";  ///< error kind; meaningless with REPRISE_OK
  bool may_retry_after = false;      ///< a Retry-After header counts (429, 503)
  bool disables_endpoint = false;    ///< nothing more may be sent there (410)
};

/// 2xx: delivered. 408, 425, 429, 5xx except 501 and 505: retriable. 410: permanent, disables the endpoint. 401, 403,
/// 404: permanent, the endpoint's fault. Everything else, redirects included: permanent.
Verdict judge(int http_status);

inline constexpr std::int64_t kMaxRetryAfterMs = 3'600'000;

/// RFC 9110, 10.2.3 Retry-After: seconds, or an HTTP date in any of its three forms, as milliseconds from now, cut to
/// 0..kMaxRetryAfterMs. Empty for rubbish, so that the host's own back-off applies.
std::optional<std::int64_t> parse_retry_after(std::string_view text, std::int64_t wall_now_ms);

}  // namespace reprise::webhook
