#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/result.hpp"
#include "host/config/value.hpp"

namespace reprise::config {

/// A JSON text from a stranger (RFC 8259) as a tree: at most max_bytes and 32 levels, valid UTF-8, integers within 64 bits, no
/// duplicate keys. The error is permanent, kind "json.invalid", and names the path.
Result<Value> parse_json(std::string_view text, std::size_t max_bytes = 64 * 1024);

/// "3.0.1", of the parser behind parse_json.
std::string json_parser_version();

/// value as compact JSON. Unquoted scalars that are spelled as JSON numbers, true, false or null become those; all else a string.
std::string to_json(const Value& value);

/// Writes compact JSON. Whoever calls keeps the order begin, key, value, end. Not thread-safe.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  /// Escaped; bytes that are not UTF-8 become U+FFFD.
  JsonWriter& string(std::string_view text);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  /// The shortest form that reads back the same; not a number and infinities become null.
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// REQUIRES: json is one valid JSON value.
  JsonWriter& raw(std::string_view json);

  JsonWriter& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  JsonWriter& member(std::string_view name, const char* text) { return key(name).string(text); }
  JsonWriter& member(std::string_view name, bool value) { return key(name).boolean(value); }
  JsonWriter& member(std::string_view name, double value) { return key(name).number(value); }
  JsonWriter& member(std::string_view name, std::int64_t value) { return key(name).number(value); }
  JsonWriter& member(std::string_view name, std::uint64_t value) { return key(name).number(value); }
  JsonWriter& member(std::string_view name, std::int32_t value) { return key(name).number(std::int64_t{value}); }
  JsonWriter& member(std::string_view name, std::uint32_t value) { return key(name).number(std::uint64_t{value}); }

  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void separate();

  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace reprise::config
