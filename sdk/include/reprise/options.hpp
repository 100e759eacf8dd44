#pragma once
#include <reprise/failure.hpp>
#include <reprise/views.hpp>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise {
inline namespace sdk {

/// A text that must not be shown: not printable, not comparable, wiped when it goes. Move only.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_(text.begin(), text.end()) {}
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  bool empty() const noexcept { return text_.empty(); }
  /// The text itself; lives as long as the Secret. For the call that needs it, never for a log or a message.
  std::string_view reveal() const noexcept { return {text_.data(), text_.size()}; }

 private:
  void wipe() noexcept {
    // Through volatile, or the compiler may leave out stores to memory that is about to be freed.
    volatile char* bytes = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = 0;
    text_.clear();
  }
  std::vector<char> text_;  // a vector: std::string's inline buffer would stay behind in a moved-from object
};

/// The options of one instance, as the host gives them: flattened ("endpoint.url", "signing.0.scheme", "signing.count"),
/// canonical (durations in ms, sizes in bytes, true or false), defaults filled in, checked against the manifest's schema.
/// Borrowed for the call of the constructor or reconfigure. A getter without a default throws bad_option if the option is
/// missing; each throws it if the value is not of its type. The host shows where in the YAML the option stands.
class Options {
 public:
  Options(const reprise_option* options, std::size_t count) noexcept : options_(options, count) {}

  bool has(std::string_view name) const { return find(name).has_value(); }
  std::optional<std::string_view> find(std::string_view name) const {
    const std::string key = full(name);
    for (const reprise_option& option : options_) {
      if (to_view(option.key) == key) return to_view(option.value);
    }
    return std::nullopt;
  }

  /// Borrowed like the options.
  std::string_view text(std::string_view name) const { return need(name); }
  std::string_view text(std::string_view name, std::string_view fallback) const {
    return find(name).value_or(fallback);
  }

  std::int64_t integer(std::string_view name) const { return number<std::int64_t>(name, need(name), "a whole number"); }
  std::int64_t integer(std::string_view name, std::int64_t fallback) const {
    const auto value = find(name);
    return value ? number<std::int64_t>(name, *value, "a whole number") : fallback;
  }

  double real(std::string_view name) const { return number<double>(name, need(name), "a number"); }
  double real(std::string_view name, double fallback) const {
    const auto value = find(name);
    return value ? number<double>(name, *value, "a number") : fallback;
  }

  std::chrono::milliseconds duration(std::string_view name) const {
    return std::chrono::milliseconds(number<std::int64_t>(name, need(name), "a duration in milliseconds"));
  }
  std::chrono::milliseconds duration(std::string_view name, std::chrono::milliseconds fallback) const {
    return has(name) ? duration(name) : fallback;
  }

  /// Bytes.
  std::uint64_t size(std::string_view name) const { return number<std::uint64_t>(name, need(name), "a size in bytes"); }
  std::uint64_t size(std::string_view name, std::uint64_t fallback) const { return has(name) ? size(name) : fallback; }

  bool boolean(std::string_view name) const { return truth(name, need(name)); }
  bool boolean(std::string_view name, bool fallback) const {
    const auto value = find(name);
    return value ? truth(name, *value) : fallback;
  }

  /// Empty if the option is not set.
  Secret secret(std::string_view name) const { return Secret(text(name, "")); }

  /// A list of plain values. Empty if the option is not set.
  std::vector<std::string_view> texts(std::string_view name) const {
    std::vector<std::string_view> values;
    for (std::size_t i = 0, count = length(name); i < count; ++i) values.push_back(need(item(name, i)));
    return values;
  }
  /// A list of objects: each with the options below "<name>.<i>".
  std::vector<Options> list(std::string_view name) const {
    std::vector<Options> items;
    for (std::size_t i = 0, count = length(name); i < count; ++i) items.push_back(object(item(name, i)));
    return items;
  }
  /// A map: the keys below "<name>." with their values, in the host's order. Keys may hold dots. Borrowed like the options.
  std::vector<std::pair<std::string_view, std::string_view>> entries(std::string_view name) const {
    const std::string prefix = full(name) + ".";
    std::vector<std::pair<std::string_view, std::string_view>> found;
    for (const reprise_option& option : options_) {
      const std::string_view key = to_view(option.key);
      if (key.starts_with(prefix)) found.emplace_back(key.substr(prefix.size()), to_view(option.value));
    }
    return found;
  }
  /// The options below "<name>.".
  Options object(std::string_view name) const {
    Options inner = *this;
    inner.prefix_ = full(name) + ".";
    return inner;
  }
  /// The full name of an option here, as a message should give it.
  std::string full(std::string_view name) const { return prefix_ + std::string(name); }

  /// For a check that the schema cannot say: `throw options.bad("url", "must begin with https://");`
  Failure bad(std::string_view name, std::string_view message) const {
    const std::string key = full(name);
    return bad_option(key, key + ": " + std::string(message));
  }

 private:
  std::string_view need(std::string_view name) const {
    const auto value = find(name);
    if (!value) throw bad(name, "is required and not set");
    return *value;
  }
  template <class T>
  T number(std::string_view name, std::string_view text, std::string_view what) const {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    // The value is not repeated: it may be a secret in the wrong place, and the host shows the line.
    if (error != std::errc{} || end != text.data() + text.size()) throw bad(name, "is not " + std::string(what));
    return value;
  }
  bool truth(std::string_view name, std::string_view text) const {
    if (text != "true" && text != "false") throw bad(name, "is neither true nor false");
    return text == "true";
  }
  std::size_t length(std::string_view name) const {
    return static_cast<std::size_t>(size(std::string(name) + ".count", 0));
  }
  static std::string item(std::string_view name, std::size_t i) { return std::string(name) + "." + std::to_string(i); }

  std::span<const reprise_option> options_;
  std::string prefix_;
};

}  // namespace sdk
}  // namespace reprise
