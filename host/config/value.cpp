#include "host/config/value.hpp"

#include <algorithm>

#include "host/base/text.hpp"

namespace reprise::config {

const Value* Value::find(std::string_view key) const {
  const auto it = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == key; });
  return it == members.end() ? nullptr : &it->value;
}

std::string describe(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Null: return "nothing";
    case Value::Kind::List: return "a list";
    case Value::Kind::Map: return "a mapping";
    case Value::Kind::Scalar: break;
  }
  return value.is_quoted ? "the text " + quoted(value.text, 64) : quoted(value.text, 64);
}

}  // namespace reprise::config
