#pragma once
#include <reprise/views.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <initializer_list>
#include <span>
#include <string_view>

namespace reprise {
inline namespace sdk {

/// A name and a value of a log line or a label of a metric. Texts are borrowed; numbers are written into the field itself.
/// For use inside one call only.
class Field {
 public:
  Field(std::string_view name, std::string_view value) noexcept : name_(name), value_(value) {}
  Field(std::string_view name, const char* value) noexcept : name_(name), value_(value) {}
  Field(std::string_view name, bool value) noexcept : name_(name), value_(value ? "true" : "false") {}
  template <class T>
  requires((std::integral<T> || std::floating_point<T>)&&!std::same_as<T, bool>) Field(std::string_view name, T value)
  noexcept : name_(name), is_number_(true) {
    const auto [end, error] = std::to_chars(digits_.data(), digits_.data() + digits_.size(), value);
    size_ = error == std::errc{} ? static_cast<std::size_t>(end - digits_.data()) : 0;
  }

  std::string_view name() const noexcept { return name_; }
  std::string_view value() const noexcept { return is_number_ ? std::string_view(digits_.data(), size_) : value_; }

 private:
  std::string_view name_;
  std::string_view value_;
  std::array<char, 32> digits_;
  std::size_t size_ = 0;
  bool is_number_ = false;
};

/// Fields in the form in which they cross the boundary; what does not fit is left out. Returns how many.
inline std::size_t list_fields(std::initializer_list<Field> fields, std::span<reprise_option> out) noexcept {
  std::size_t count = 0;
  for (const Field& field : fields) {
    if (count == out.size()) break;
    out[count++] = {.key = to_text(field.name()), .value = to_text(field.value()), .flags = 0, .reserved = 0};
  }
  return count;
}

}  // namespace sdk
}  // namespace reprise
