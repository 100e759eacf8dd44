#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "host/base/result.hpp"

namespace reprise {

/// Milliseconds since 1970 UTC from RFC 3339 with a zone ("2026-11-20T10:00:00Z", "...+01:00", seconds may have a
/// fraction) or relative to now ("now", "now-2h"). A time without a zone is refused, with the way out in the message.
Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms);

/// "2026-11-20T10:00:00Z", with ".123" only where milliseconds are not 0.
std::string format_time(std::int64_t wall_ms);
/// The same in the machine's zone: "2026-11-20T11:00:00+01:00".
std::string format_local_time(std::int64_t wall_ms);

}  // namespace reprise
