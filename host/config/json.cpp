#include "host/config/json.hpp"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <unordered_set>

#include "host/base/text.hpp"
#include "host/base/utf8.hpp"
#include "host/config/scalar.hpp"
#include "host/config/yaml.hpp"

namespace reprise::config {
namespace {

namespace dom = simdjson::dom;

Error invalid(const std::string& path, std::string_view why) {
  return permanent("json.invalid", (path.empty() ? "the body" : path) + " " + std::string(why));
}

std::string shortest(double value) {
  if (value == 0) return "0";  // -0 would read back as an integer
  char buffer[40];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  // Beyond 64 bits an integer's spelling would not be read.
  const bool is_integer_spelling = text.find_first_of(".e") == std::string::npos;
  return is_integer_spelling && std::abs(value) >= 0x1p63 ? text + ".0" : text;
}

std::string inside(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

Result<Value> convert(const dom::element& element, const std::string& path, int depth) {
  if (depth > kMaxDepth) return invalid(path, "is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  Value value;
  const auto scalar = [&](std::string text, bool is_quoted = false) {
    value.kind = Value::Kind::Scalar;
    value.text = std::move(text);
    value.is_quoted = is_quoted;
  };
  switch (element.type()) {
    case dom::element_type::NULL_VALUE:
      break;
    case dom::element_type::BOOL:
      scalar(bool(element) ? "true" : "false");
      break;
    case dom::element_type::INT64:
      scalar(std::to_string(std::int64_t(element)));
      break;
    case dom::element_type::UINT64:
      return invalid(path, "is an integer beyond 64 bits");
    case dom::element_type::DOUBLE:
      scalar(shortest(double(element)));
      break;
    case dom::element_type::STRING:
      scalar(std::string(std::string_view(element)), true);
      break;
    case dom::element_type::ARRAY: {
      value.kind = Value::Kind::List;
      for (const dom::element item : dom::array(element)) {
        auto converted = convert(item, inside(path, std::to_string(value.items.size())), depth + 1);
        if (!converted.ok()) return converted;
        value.items.push_back(*std::move(converted));
      }
      break;
    }
    case dom::element_type::OBJECT: {
      value.kind = Value::Kind::Map;
      std::unordered_set<std::string_view> keys;
      for (const auto& [key, item] : dom::object(element)) {
        if (!keys.insert(key).second) return invalid(path, "has the key " + quoted(key) + " twice");
        auto converted = convert(item, inside(path, key), depth + 1);
        if (!converted.ok()) return converted;
        value.members.push_back({std::string(key), {}, *std::move(converted)});
      }
      break;
    }
  }
  return value;
}

std::string_view explain(simdjson::error_code code) {
  switch (code) {
    case simdjson::DEPTH_ERROR:
      return "is nested deeper than 32 levels";
    case simdjson::UTF8_ERROR:
      return "is not valid UTF-8";
    case simdjson::EMPTY:
      return "is empty; expected JSON";
    case simdjson::NUMBER_ERROR:
      return "holds a number that is not valid JSON, or an integer beyond 64 bits";
    case simdjson::STRING_ERROR:
      return "holds a text with an invalid escape";
    case simdjson::UNCLOSED_STRING:
      return "holds a text that is never closed";
    case simdjson::UNESCAPED_CHARS:
      return "holds a text with a control character that is not escaped";
    default:
      return "is not valid JSON";
  }
}

}  // namespace

std::string json_parser_version() { return SIMDJSON_STRINGIFY(SIMDJSON_VERSION); }

Result<Value> parse_json(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes)
    return invalid("", "has " + with_thousands(text.size()) + " bytes; the limit is " + with_thousands(max_bytes));
  dom::parser parser;
  dom::element root;
  // One level more than is allowed: convert names the path that is too deep.
  auto error = parser.allocate(std::max<std::size_t>(text.size(), 64), static_cast<std::size_t>(kMaxDepth) + 1);
  if (error == simdjson::SUCCESS) error = parser.parse(text.data(), text.size()).get(root);
  if (error != simdjson::SUCCESS) return invalid("", explain(error));
  return convert(root, "", 1);
}

std::string to_json(const Value& value) {
  JsonWriter out;
  const auto write = [&](const Value& v, const auto& self) -> void {
    switch (v.kind) {
      case Value::Kind::Null:
        out.null();
        return;
      case Value::Kind::Scalar:
        if (!v.is_quoted && (v.text == "true" || v.text == "false" || is_json_number(v.text))) {
          out.raw(v.text);
        } else {
          out.string(v.text);
        }
        return;
      case Value::Kind::List:
        out.begin_array();
        for (const auto& item : v.items) self(item, self);
        out.end_array();
        return;
      case Value::Kind::Map:
        out.begin_object();
        for (const auto& member : v.members) {
          out.key(member.key);
          self(member.value, self);
        }
        out.end_object();
        return;
    }
  };
  write(value, write);
  return out.take();
}

void JsonWriter::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  out_ += '{';
  needs_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  out_ += '}';
  needs_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  separate();
  out_ += '[';
  needs_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  out_ += ']';
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  string(name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  out_ += '"';
  for (std::size_t at = 0; at < text.size();) {
    const auto character = decode_utf8(text, at);
    if (character.size == 0) {
      out_ += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    // U+2028 and U+2029 end a line in JavaScript and in some log viewers; DEL and C1 are control characters to a terminal.
    if (is_unprintable(character.code)) {
      char buffer[16];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(character.code));
      out_ += character.code == '\n' ? "\\n" : character.code == '\r' ? "\\r" : character.code == '\t' ? "\\t" : buffer;
    } else {
      if (character.code == '"' || character.code == '\\') out_ += '\\';
      out_ += text.substr(at, character.size);
    }
    at += character.size;
  }
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) { return raw(std::to_string(value)); }
JsonWriter& JsonWriter::number(std::uint64_t value) { return raw(std::to_string(value)); }
JsonWriter& JsonWriter::number(double value) { return std::isfinite(value) ? raw(shortest(value)) : null(); }
JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace reprise::config
