#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace reprise {

/// What a failure means for whoever asked. The same three words as in the plugin boundary (REPRISE_RETRIABLE ...).
enum class Status : std::int32_t {
  Ok = 0,
  Retriable = 1,  ///< the same call or record may succeed later
  Permanent = 2,  ///< this record, or this call, never will
  Fatal = 3,      ///< this task cannot go on
  Deferred = 4,   ///< not tried; no attempt was spent
};

/// A failure that can be shown to a person. A message names the thing, the value and the way out.
struct Error {
  Status status = Status::Fatal;
  std::string kind = {};            ///< few and stable, becomes a metric label: "timeout.connect", "store.no_space"
  std::string message = {};         ///< one line
  std::int32_t code = 0;            ///< the origin's own number (an HTTP status, a Kafka error code); 0 if none
  std::int64_t retry_after_ms = 0;  ///< duration the other side asked for; 0: none
  bool is_about_endpoint = false;   ///< every record to this endpoint would fail alike
  std::string option = {};          ///< the option at fault ("sink.url"), for file:line:column; empty: none
};

/// Either a value or an Error. Nothing throws on the record path; functions there return this.
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// REQUIRES: ok()
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  /// REQUIRES: !ok()
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

inline Error retriable(std::string kind, std::string message) {
  return Error{.status = Status::Retriable, .kind = std::move(kind), .message = std::move(message)};
}
inline Error permanent(std::string kind, std::string message) {
  return Error{.status = Status::Permanent, .kind = std::move(kind), .message = std::move(message)};
}
inline Error fatal(std::string kind, std::string message) {
  return Error{.status = Status::Fatal, .kind = std::move(kind), .message = std::move(message)};
}

}  // namespace reprise
