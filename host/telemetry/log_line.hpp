#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "host/telemetry/log.hpp"

namespace reprise::telemetry {

/// A message longer than this is cut, its last characters become "...".
inline constexpr std::size_t kMaxMessageBytes = 1024;
inline constexpr std::size_t kMaxValueBytes = 256;
/// One write(2) to a pipe of at most this is atomic and, once poll says so, does not block (PIPE_BUF).
inline constexpr std::size_t kMaxLineBytes = 4096;

/// `2026-11-21T10:00:00.123Z INFO  message connector=x task=0`, with the line feed. Pure.
std::string text_line(std::int64_t wall_ms, Level level, std::string_view message, std::span<const Field> fields);

/// `{"ts":"2026-11-21T10:00:00.123Z","level":"info","msg":"message","connector":"x","task":0}`, with the line feed. Pure.
std::string json_line(std::int64_t wall_ms, Level level, std::string_view message, std::span<const Field> fields);

}  // namespace reprise::telemetry
