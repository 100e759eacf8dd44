#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "host/config/problem.hpp"

namespace reprise::config {

/// YAML or JSON as it was written: not yet typed, with its place. A value; the whole tree is owned by its root.
struct Value {
  enum class Kind { Null, Scalar, List, Map };
  struct Member;

  Kind kind = Kind::Null;
  std::string text;          ///< Scalar
  bool is_quoted = false;    ///< Scalar: a string, whatever it looks like (quoted or block in YAML, a string in JSON)
  std::vector<Value> items;  ///< List
  std::vector<Member> members;  ///< Map: in the order of the file, each key once
  Location where = {};

  static Value scalar(std::string text, bool is_quoted, Location where = {});
  /// One without content: Null, an empty List or Map.
  static Value empty(Kind kind, Location where = {});

  /// The member's value, nullptr if there is none. REQUIRES: a Map, or the answer is nullptr.
  const Value* find(std::string_view key) const;
};

struct Value::Member {
  std::string key;
  Location where;  ///< of the key
  Value value;
};

/// Does the text hold a private key (PEM)? Such a text is a secret wherever it stands.
bool holds_private_key(std::string_view text);

/// "a mapping", "a list", "nothing", "the text \"x\"" (cut, control characters escaped): for messages.
std::string describe(const Value& value);

}  // namespace reprise::config
