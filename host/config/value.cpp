#include "host/config/value.hpp"

#include <algorithm>

#include "host/base/text.hpp"

namespace reprise::config {

Value Value::scalar(std::string text, bool is_quoted, Location where) {
  Value value = empty(Kind::Scalar, std::move(where));
  value.text = std::move(text);
  value.is_quoted = is_quoted;
  return value;
}

Value Value::empty(Kind kind, Location where) {
  Value value;
  value.kind = kind;
  value.where = std::move(where);
  return value;
}

const Value* Value::find(std::string_view key) const {
  const auto it = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == key; });
  return it == members.end() ? nullptr : &it->value;
}

bool holds_private_key(std::string_view text) {
  const auto begin = text.find("-----BEGIN ");
  return begin != std::string_view::npos && text.find("PRIVATE KEY-----", begin) != std::string_view::npos;
}

std::string describe(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Null:
      return "nothing";
    case Value::Kind::List:
      return "a list";
    case Value::Kind::Map:
      return "a mapping";
    case Value::Kind::Scalar:
      break;
  }
  if (holds_private_key(value.text)) return "a private key";
  return value.is_quoted ? "the text " + quoted(value.text, 64) : quoted(value.text, 64);
}

}  // namespace reprise::config
