#include "host/plugin/convert.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace reprise::plugin {
namespace {

// A plugin's text: up to its NUL or the end of its storage, on one line.
template <std::size_t N>
std::string read_text(const char (&storage)[N]) {
  std::string text(storage, ::strnlen(storage, N));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

template <std::size_t N>
void write_text(std::string_view text, char (&storage)[N]) {
  std::size_t size = std::min(text.size(), N - 1);
  if (size < text.size()) {  // cut before a UTF-8 sequence, not inside it
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  }
  std::copy_n(text.data(), size, storage);
  std::fill(storage + size, storage + N, '\0');
}

}  // namespace

Status to_status(reprise_status status) {
  const bool is_known = status >= REPRISE_OK && status <= REPRISE_DEFERRED;
  return is_known ? static_cast<Status>(status) : Status::Fatal;
}

Error to_error(reprise_status status, const reprise_error& error) {
  Error result;
  result.status = to_status(status);
  result.kind = read_text(error.kind);
  result.message = read_text(error.message);
  result.code = error.code;
  result.retry_after_ms = error.retry_after_ms;
  result.is_about_endpoint = error.about == REPRISE_ABOUT_ENDPOINT;
  result.option = read_text(error.option);
  if (result.message.empty()) result.message = "the plugin gave no reason";
  return result;
}

std::string_view message_of(const reprise_error& error) {
  return {error.message, ::strnlen(error.message, sizeof error.message)};
}

void write_message(std::string_view message, reprise_error* to) { write_text(message, to->message); }

void write_error(const Error& from, reprise_error* to) {
  if (to == nullptr) return;
  *to = {};
  to->code = from.code;
  to->about = from.is_about_endpoint ? REPRISE_ABOUT_ENDPOINT : REPRISE_ABOUT_RECORD;
  to->retry_after_ms = from.retry_after_ms;
  write_text(from.kind, to->kind);
  write_text(from.option, to->option);
  write_text(from.message, to->message);
}

OptionArray::OptionArray(std::span<const config::Option> options) {
  options_.reserve(options.size());
  for (const config::Option& option : options) {
    const std::uint32_t flags = option.is_secret ? static_cast<std::uint32_t>(REPRISE_OPTION_SECRET) : 0U;
    options_.push_back({.key = to_text(option.name), .value = to_text(option.value), .flags = flags, .reserved = 0});
  }
}

}  // namespace reprise::plugin
