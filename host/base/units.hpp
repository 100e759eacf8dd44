#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise {

/// "250ms", "10s", "5m", "2h", "5d": a whole number and a unit, nothing else. Empty when text is not such a duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "0", "512", "16KiB", "64MiB", "2GiB", "1kB", "5MB": bytes. Empty when text is not such a size.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest exact form: 90s is "90s", 120s is "2m".
std::string format_duration(std::chrono::milliseconds duration);
std::string format_size(std::uint64_t bytes);

}  // namespace reprise
