#pragma once
#include <reprise/plugin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace reprise::webhook {

/// Why a record, an endpoint or a call failed; becomes a reprise_error.
struct Failure {
  reprise_status status = REPRISE_RETRIABLE;
  const char* kind = "";  ///< a literal: few and stable, a metric label
  std::string message;    ///< one line: the thing, the value, the way out
  std::int32_t code = 0;  ///< HTTP status; 0 if there was none
  std::int32_t about = REPRISE_ABOUT_RECORD;
  std::int64_t retry_after_ms = 0;  ///< 0: the host decides; 1: at once
  bool is_ours = false;             ///< cut by us (stop, lease): says nothing about the endpoint
};

inline void copy_text(std::string_view text, char* out, std::size_t capacity) {
  const std::size_t size = std::min(text.size(), capacity - 1);
  std::memcpy(out, text.data(), size);
  out[size] = '\0';
}

inline void fill(const Failure& failure, reprise_error& error) {
  error = {};
  error.code = failure.code;
  error.about = failure.about;
  error.retry_after_ms = failure.retry_after_ms;
  copy_text(failure.kind, error.kind, sizeof error.kind);
  copy_text(failure.message, error.message, sizeof error.message);
}

inline std::string_view view(reprise_text text) { return {text.data, text.size}; }
inline std::string_view view(reprise_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }
inline reprise_text text_of(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace reprise::webhook
