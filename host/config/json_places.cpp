#include "host/config/json_places.hpp"

#include <simdjson.h>

#include <algorithm>
#include <unordered_set>

#include "host/base/utf8.hpp"
#include "host/config/yaml.hpp"

namespace reprise::config {
namespace {

namespace ondemand = simdjson::ondemand;

// Walks a text as the parser does, beside the tree that was made of it, if there is one.
class Walk {
 public:
  Walk(std::string_view text, const Location& line) : text_(text), line_(line), padded_(text), at_(padded_.data()) {}

  /// False: the text is not JSON, or not what parse_json takes; where() is the place.
  bool run(Value* root) {
    if (const auto byte = find_invalid_utf8(text_); byte != std::string_view::npos) return stop(byte);
    ondemand::parser parser;
    ondemand::document document;
    const auto error = parser.iterate(padded_).get(document);
    if (error != simdjson::SUCCESS) return stop(error == simdjson::UNCLOSED_STRING ? last_quote() : 0);
    ondemand::value value;
    if (document.get_value().get(value) != simdjson::SUCCESS) {  // a scalar alone
      stop(text_.find_first_not_of(" \t\r"));
      if (root != nullptr) root->where = where();
      return false;
    }
    const bool is_walked = walk(value, root, 1);
    if (is_found_) return false;
    const char* reached = padded_.data() + text_.size();
    const bool is_inside = document.current_location().get(reached) == simdjson::SUCCESS;
    if (is_walked && !is_inside) return true;
    at_ = reached;  // what follows a whole value, or what no value begins with
    return false;
  }

  Location where() const { return place(at_); }

 private:
  bool stop(std::size_t byte) {
    at_ = padded_.data() + std::min(byte, text_.size());
    return false;
  }
  bool found(const char* at) {
    at_ = at;
    is_found_ = true;
    return false;
  }

  // The quote that opens the text that nobody closes.
  std::size_t last_quote() const {
    std::size_t opened = 0;
    bool is_inside = false;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (is_inside && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '"') {
        is_inside = !is_inside;
        opened = i;
      }
    }
    return opened;
  }

  Location place(const char* at) const {
    const auto before = text_.substr(0, static_cast<std::size_t>(at - padded_.data()));
    const auto characters = std::count_if(before.begin(), before.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    return {line_.file, line_.line, static_cast<int>(characters) + 1};
  }

  bool walk(ondemand::value value, Value* tree, int depth) {
    const char* const begin = value.raw_json_token().data();
    at_ = begin;
    if (tree != nullptr) tree->where = place(begin);
    if (depth > kMaxDepth) return found(begin);
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return found(begin);
    switch (type) {
      case ondemand::json_type::array:
        return walk_array(value, tree, depth);
      case ondemand::json_type::object:
        return walk_object(value, tree, depth);
      case ondemand::json_type::number: {
        ondemand::number number;
        const bool is_number = value.get_number().get(number) == simdjson::SUCCESS;
        return (is_number && !number.is_uint64()) || found(begin);
      }
      case ondemand::json_type::string: {
        std::string_view text;
        return value.get_string().get(text) == simdjson::SUCCESS || found(begin);
      }
      case ondemand::json_type::boolean: {
        bool flag = false;
        return value.get_bool().get(flag) == simdjson::SUCCESS || found(begin);
      }
      case ondemand::json_type::null: {
        bool is_null = false;
        return (value.is_null().get(is_null) == simdjson::SUCCESS && is_null) || found(begin);
      }
    }
    return found(begin);
  }

  bool walk_array(ondemand::value value, Value* tree, int depth) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    std::size_t index = 0;
    for (auto item : array) {
      ondemand::value inner;
      if (item.get(inner) != simdjson::SUCCESS) return false;
      if (!walk(inner, tree == nullptr ? nullptr : &tree->items.at(index++), depth + 1)) return false;
    }
    return true;
  }

  bool walk_object(ondemand::value value, Value* tree, int depth) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    std::size_t index = 0;
    std::unordered_set<std::string_view> keys;
    for (auto member : object) {
      ondemand::field field;
      if (std::move(member).get(field) != simdjson::SUCCESS) return false;
      const char* const begin = field.key().raw() - 1;  // its quote
      std::string_view key;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS || !keys.insert(key).second) return found(begin);
      Value::Member* const inner = tree == nullptr ? nullptr : &tree->members.at(index++);
      if (inner != nullptr) inner->where = place(begin);
      if (!walk(field.value(), inner == nullptr ? nullptr : &inner->value, depth + 1)) return false;
    }
    return true;
  }

  const std::string_view text_;
  const Location& line_;
  const simdjson::padded_string padded_;
  const char* at_;
  bool is_found_ = false;  // at_ is the fault itself; else the parser knows how far it came
};

}  // namespace

void set_places(Value& root, std::string_view text, const Location& line) { Walk(text, line).run(&root); }

Location place_of_fault(std::string_view text, const Location& line) {
  Walk walk(text, line);
  return walk.run(nullptr) ? line : walk.where();
}

}  // namespace reprise::config
