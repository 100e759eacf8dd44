#include "subject.hpp"

#include <simdjson.h>

namespace reprise::dedup {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trimmed(std::string_view token) {
  while (!token.empty() &&
         (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' || token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

/// RFC 6901: begins with a slash, and a tilde is followed by 0 or 1.
bool is_pointer(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
      return false;
    }
  }
  return text.starts_with('/');
}

/// A letter for the type in front: the string "1" is not the number 1.
bool read_into(ondemand::value value, std::string& out) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) {
    return false;
  }
  std::string_view text;
  switch (type) {
    case ondemand::json_type::string:
      if (value.get_string().get(text) != simdjson::SUCCESS) {
        return false;
      }
      out = 's';
      break;
    case ondemand::json_type::object: {
      ondemand::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS || object.raw_json().get(text) != simdjson::SUCCESS) {
        return false;
      }
      out = 'o';
      break;
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      if (value.get_array().get(array) != simdjson::SUCCESS || array.raw_json().get(text) != simdjson::SUCCESS) {
        return false;
      }
      out = 'a';
      break;
    }
    case ondemand::json_type::number:
    case ondemand::json_type::boolean:
      text = trimmed(value.raw_json_token());
      out = 't';
      break;
    case ondemand::json_type::null:
      return false;
  }
  out.append(text);
  return true;
}

}  // namespace

struct Subject::Parser {
  ondemand::parser parser;
  std::string padded;  // simdjson reads past the end, which a record's bytes do not allow
  std::string found;
};

Subject::Subject(const Options& options) {
  const std::string_view by = options.text("by", "value");
  if (by == "value") {
    kind_ = Kind::Value;
  } else if (by == "key") {
    kind_ = Kind::Key;
  } else if (by.starts_with("header:") && by.size() > 7) {
    kind_ = Kind::Header;
    name_ = by.substr(7);
  } else if (by.starts_with("json:") && is_pointer(by.substr(5))) {
    kind_ = Kind::Json;
    name_ = by.substr(5);
    parser_ = std::make_unique<Parser>();
  } else {
    throw options.bad("by",
                      "must be value, key, header:<name> or json:<pointer>, where a pointer begins with / (json:/id)");
  }
}

Subject::~Subject() = default;

std::optional<std::string_view> Subject::of(RecordView record) {
  switch (kind_) {
    case Kind::Value:
      return record.has_value() ? std::optional(record.value()) : std::nullopt;
    case Kind::Key:
      return record.has_key() ? std::optional(record.key()) : std::nullopt;
    case Kind::Header:
      return record.header(name_);
    case Kind::Json:
      return record.has_value() ? in_json(record.value()) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string_view> Subject::in_json(std::string_view text) {
  Parser& p = *parser_;
  p.padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  p.padded.assign(text);
  ondemand::document document;
  ondemand::value value;
  if (p.parser.iterate(simdjson::padded_string_view(p.padded.data(), p.padded.size(), p.padded.capacity()))
              .get(document) != simdjson::SUCCESS ||
      document.at_pointer(name_).get(value) != simdjson::SUCCESS || !read_into(value, p.found)) {
    return std::nullopt;
  }
  return p.found;
}

}  // namespace reprise::dedup
