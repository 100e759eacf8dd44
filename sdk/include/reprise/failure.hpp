#pragma once
#include <reprise/plugin.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <variant>

// Everything of the SDK lives in namespace reprise, in an inline namespace so that its symbols are never the host's.
namespace reprise {
inline namespace sdk {

/// What went wrong, in the form in which it crosses the boundary: nothing is allocated, texts are cut to fit. A value; it may
/// be returned (Result), thrown, or settled with. Make one with retriable(), permanent(), fatal() or deferred().
class Failure {
 public:
  /// kind: few and stable, becomes a metric label ("timeout.connect"). message: names the thing, the value and the way out.
  Failure(reprise_status status, std::string_view kind, std::string_view message) noexcept : status_(status) {
    put(error_.kind, kind);
    put(error_.message, message);
  }

  /// As it came over the boundary.
  Failure(reprise_status status, const reprise_error& error) noexcept : status_(status), error_(error) {}

  /// The origin's own number: an HTTP status, a Kafka error code.
  Failure& code(std::int32_t code) noexcept {
    error_.code = code;
    return *this;
  }
  /// The other side asked for this pause; 0: the host decides; 1: at once.
  Failure& retry_after_ms(std::int64_t duration) noexcept {
    error_.retry_after_ms = duration;
    return *this;
  }
  /// Every record to this endpoint would fail alike (401, wrong TLS name).
  Failure& about_endpoint() noexcept {
    error_.about = REPRISE_ABOUT_ENDPOINT;
    return *this;
  }
  /// The option at fault ("endpoint.url"): the host shows its file:line:column.
  Failure& option(std::string_view name) noexcept {
    put(error_.option, name);
    return *this;
  }

  reprise_status status() const noexcept { return status_; }
  const reprise_error& error() const noexcept { return error_; }
  std::string_view kind() const noexcept { return error_.kind; }
  std::string_view message() const noexcept { return error_.message; }
  std::string_view option() const noexcept { return error_.option; }

  /// Into the caller's storage. Returns the status.
  reprise_status write_to(reprise_error* out) const noexcept {
    if (out != nullptr) *out = error_;
    return status_;
  }

 private:
  template <std::size_t N>
  static void put(char (&to)[N], std::string_view text) noexcept {
    std::size_t size = std::min(text.size(), N - 1);
    // Cut before a UTF-8 sequence, not inside it.
    if (size < text.size()) {
      while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    }
    if (size > 0) std::memcpy(to, text.data(), size);
    std::memset(to + size, 0, N - size);
  }

  reprise_status status_;
  reprise_error error_{};
};

/// The same call or record may succeed later.
inline Failure retriable(std::string_view kind, std::string_view message) noexcept {
  return {REPRISE_RETRIABLE, kind, message};
}
/// This record, or this call, never will succeed.
inline Failure permanent(std::string_view kind, std::string_view message) noexcept {
  return {REPRISE_PERMANENT, kind, message};
}
/// This instance cannot go on.
inline Failure fatal(std::string_view kind, std::string_view message) noexcept {
  return {REPRISE_FATAL, kind, message};
}
/// Of a record: it was not tried (endpoint closed, limit, order), no attempt was spent.
inline Failure deferred(std::string_view kind, std::string_view message) noexcept {
  return {REPRISE_DEFERRED, kind, message};
}
/// An option is wrong in a way that its schema cannot say.
inline Failure bad_option(std::string_view name, std::string_view message) noexcept {
  return fatal("option", message).option(name);
}

/// Either a value or a Failure.
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(const Failure& failure) : state_(std::in_place_index<1>, failure) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  /// REQUIRES: ok()
  T& value() { return std::get<0>(state_); }
  const T& value() const { return std::get<0>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  /// REQUIRES: !ok()
  const Failure& failure() const { return std::get<1>(state_); }

 private:
  std::variant<T, Failure> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() noexcept = default;
  Result(const Failure& failure) : state_(std::in_place_index<1>, failure) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  const Failure& failure() const { return std::get<1>(state_); }

 private:
  std::variant<std::monostate, Failure> state_;
};

}  // namespace sdk
}  // namespace reprise
