#include "host/config/spec.hpp"

#include <algorithm>
#include <array>

#include "host/base/text.hpp"
#include "host/config/scalar.hpp"

namespace reprise::config {
namespace {

constexpr std::array<std::pair<std::string_view, OptionType>, 17> kTypes{{{"string", OptionType::String},
                                                                          {"bool", OptionType::Bool},
                                                                          {"int", OptionType::Int},
                                                                          {"float", OptionType::Float},
                                                                          {"duration", OptionType::Duration},
                                                                          {"size", OptionType::Size},
                                                                          {"enum", OptionType::Enum},
                                                                          {"url", OptionType::Url},
                                                                          {"base64", OptionType::Base64},
                                                                          {"topic", OptionType::Topic},
                                                                          {"pem", OptionType::Pem},
                                                                          {"list", OptionType::List},
                                                                          {"object", OptionType::Object},
                                                                          {"map", OptionType::Map},
                                                                          {"table", OptionType::Table},
                                                                          {"cluster", OptionType::Cluster},
                                                                          {"plugin", OptionType::Plugin}}};

bool is_option_name(std::string_view name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

class Reader {
 public:
  Reader(SchemaOwner owner, Problems& problems) : owner_(owner), problems_(problems) {}

  void read_options(const Value& options, const std::string& path, OptionSpec& object) {
    if (options.kind != Value::Kind::Map) {
      problems_.add(options.where, path, "expected a mapping of options, got " + describe(options));
      return;
    }
    for (const auto& member : options.members) {
      const std::string inside = path + "." + member.key;
      if (!is_option_name(member.key)) {
        problems_.add(member.where, inside, "an option's name is of a-z, 0-9 and _, and begins with a letter");
      } else if (member.key == "plugin" && owner_ == SchemaOwner::Plugin && path == "options") {
        problems_.add(member.where, inside, "the name \"plugin\" is the host's");
      }
      OptionSpec spec = read_option(member.value, inside, object);
      spec.name = member.key;
      spec.where = member.where;
      object.options.push_back(std::move(spec));
    }
  }

 private:
  // parent's secret, public and hot hold for what it contains.
  OptionSpec read_option(const Value& value, const std::string& path, const OptionSpec& parent) {
    OptionSpec spec;
    spec.where = value.where;
    spec.is_secret = parent.is_secret;
    spec.is_hot = parent.is_hot;
    spec.is_public = parent.is_public;
    if (value.kind == Value::Kind::Scalar) {
      read_type(value, path, spec);  // the short form "of: string"
      require_parts(value, path, spec);
      return spec;
    }
    if (value.kind != Value::Kind::Map) {
      problems_.add(value.where, path,
                    "expected a mapping such as {type: string, doc: \"...\"}, got " + describe(value));
      return spec;
    }
    const Value* type = value.find("type");
    if (type == nullptr) {
      problems_.add(value.where, path, "has no type");
      return spec;
    }
    if (!read_type(*type, path, spec)) return spec;
    for (const auto& member : value.members) read_property(member, path, spec);
    require_parts(value, path, spec);
    // In a second round: a default is judged by values, min and max, wherever they stand.
    if (const Value* value_default = value.find("default")) read_default(*value_default, path, spec);
    return spec;
  }

  bool read_type(const Value& value, const std::string& path, OptionSpec& spec) {
    const auto it = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) {
      return value.kind == Value::Kind::Scalar && t.first == value.text;
    });
    if (it != kTypes.end() && (it->second != OptionType::Plugin || owner_ == SchemaOwner::Host)) {
      spec.type = it->second;
      return true;
    }
    std::array<std::string_view, kTypes.size() - 1> names;
    std::transform(kTypes.begin(), kTypes.end() - 1, names.begin(), [](const auto& t) { return t.first; });
    const auto near = nearest(value.text, names);
    problems_.add(
        value.where, path,
        "unknown type " + quoted(value.text, 64) + (near.empty() ? "" : " (did you mean " + quoted(near) + "?)"));
    return false;
  }

  void read_property(const Value::Member& member, const std::string& path, OptionSpec& spec) {
    constexpr std::array<std::string_view, 19> kProperties{
        "type", "required", "default", "min",      "max",  "values", "unique", "secret", "public",   "hot",
        "doc",  "of",       "options", "reserved", "rows", "single", "prefix", "http",   "goes_with"};
    const std::string& key = member.key;
    const Value& value = member.value;
    if (key == "type" || key == "default") return;
    if (key == "required") {
      spec.is_required = read_flag(value, path + ".required");
    } else if (key == "secret") {
      spec.is_secret = read_flag(value, path + ".secret") || spec.is_secret;
    } else if (key == "public") {
      spec.is_public = read_flag(value, path + ".public");
    } else if (key == "hot") {
      spec.is_hot = read_flag(value, path + ".hot") || spec.is_hot;
    } else if (key == "single") {
      spec.is_single = read_flag(value, path + ".single");
      if (spec.type != OptionType::List) problems_.add(value.where, path + ".single", "only a list has single:");
    } else if (key == "doc") {
      spec.doc = read_text(value, path + ".doc");
    } else if (key == "prefix") {
      spec.prefix = read_text(value, path + ".prefix");
      if (spec.type != OptionType::Base64) problems_.add(value.where, path + ".prefix", "only base64 has a prefix");
    } else if (key == "http") {
      spec.http_option = read_text(value, path + ".http");
      spec.allows_http = true;
      if (spec.type != OptionType::Url) problems_.add(value.where, path + ".http", "only a url has http:");
    } else if (key == "goes_with") {
      spec.goes_with = read_text(value, path + ".goes_with");
    } else if (key == "min" || key == "max") {
      (key == "min" ? spec.min : spec.max) = read_bound(value, path + "." + key, spec.type);
    } else if (key == "values") {
      if (spec.type != OptionType::Enum) problems_.add(value.where, path + ".values", "only an enum has values");
      read_texts(value, path + ".values", spec.values);
    } else if (key == "unique") {
      if (spec.type != OptionType::List) problems_.add(value.where, path + ".unique", "only a list is unique");
      spec.is_unique = read_flag(value, path + ".unique");
    } else if (key == "reserved") {
      if (spec.type != OptionType::Map) problems_.add(value.where, path + ".reserved", "only a map has reserved keys");
      read_texts(value, path + ".reserved", spec.reserved);
    } else if (key != "of" && key != "options" && key != "rows") {
      const auto near = nearest(key, kProperties);
      problems_.add(
          member.where, path,
          "unknown property " + quoted(key, 64) + (near.empty() ? "" : " (did you mean " + quoted(near) + "?)"));
    }
  }

  bool read_flag(const Value& value, const std::string& path) {
    if (value.kind == Value::Kind::Scalar && !value.is_quoted && (value.text == "true" || value.text == "false"))
      return value.text == "true";
    problems_.add(value.where, path, "expected true or false, got " + describe(value));
    return false;
  }

  std::string read_text(const Value& value, const std::string& path) {
    if (value.kind != Value::Kind::Scalar) problems_.add(value.where, path, "expected a text, got " + describe(value));
    return value.text;
  }

  std::optional<Bound> read_bound(const Value& value, const std::string& path, OptionType type) {
    // The number of elements of a list or map is an integer.
    const bool is_count = type == OptionType::List || type == OptionType::Map || type == OptionType::Base64;
    const bool is_bounded = is_count || type == OptionType::Int || type == OptionType::Float ||
                            type == OptionType::Duration || type == OptionType::Size;
    if (!is_bounded) {
      problems_.add(value.where, path, "an option of type " + std::string(to_text(type)) + " has no bounds");
      return std::nullopt;
    }
    OptionSpec number;
    number.type = is_count ? OptionType::Int : type;
    const auto text = value.kind == Value::Kind::Scalar ? canonical(number, value.text, value.is_quoted)
                                                        : Result<std::string>(permanent("", ""));
    if (!text.ok()) {
      problems_.add(value.where, path, "expected " + expected(number) + ", got " + describe(value));
      return std::nullopt;
    }
    Bound bound;
    bound.text = value.text;
    if (type == OptionType::Float) {
      bound.real = std::stod(*text);
    } else {
      bound.integer = std::stoll(*text);
    }
    return bound;
  }

  void read_texts(const Value& value, const std::string& path, std::vector<std::string>& out) {
    for (const auto& item : value.items) {
      if (item.kind != Value::Kind::Scalar || item.text.empty())
        problems_.add(item.where, path, "expected a text, got " + describe(item));
      out.push_back(item.text);
    }
    if (out.empty()) problems_.add(value.where, path, "expected a list of texts, got " + describe(value));
  }

  void require_parts(const Value& value, const std::string& path, OptionSpec& spec) {
    const Value* of = value.find("of");
    const Value* options = value.find("options");
    const bool has_elements = spec.type == OptionType::List || spec.type == OptionType::Map;
    if (has_elements && of == nullptr)
      problems_.add(value.where, path, "a " + std::string(to_text(spec.type)) + " needs of: what its elements are");
    if (!has_elements && of != nullptr) problems_.add(of->where, path, "only a list or a map has of:");
    if (spec.type == OptionType::Object && options == nullptr)
      problems_.add(value.where, path, "an object needs options:");
    if (spec.type != OptionType::Object && options != nullptr)
      problems_.add(options->where, path, "only an object has options:");
    if (spec.type == OptionType::Enum && value.find("values") == nullptr)
      problems_.add(value.where, path, "an enum needs values:");
    const bool is_upside_down =
        spec.min && spec.max && (spec.min->integer > spec.max->integer || spec.min->real > spec.max->real);
    if (is_upside_down) problems_.add(value.where, path, "min " + spec.min->text + " is above max " + spec.max->text);
    const Value* rows = value.find("rows");
    if (spec.type != OptionType::Table && rows != nullptr) problems_.add(rows->where, path, "only a table has rows:");
    if (spec.type == OptionType::Table && rows != nullptr) read_options(*rows, path + ".rows", spec);
    if (has_elements && of != nullptr) spec.options.push_back(read_option(*of, path + ".of", spec));
    if (spec.type == OptionType::Object && options != nullptr) read_options(*options, path, spec);
  }

  void read_default(const Value& value, const std::string& path, OptionSpec& spec) {
    const std::string inside = path + ".default";
    if (spec.is_required) problems_.add(value.where, inside, "an option that is required has no default");
    if (spec.type == OptionType::List && value.kind == Value::Kind::List && !spec.options.empty()) {
      for (const auto& item : value.items) {
        if (auto text = scalar_default(item, inside, spec.options.front()))
          spec.default_items.push_back(*std::move(text));
      }
      return;
    }
    if (is_container(spec.type) || spec.type == OptionType::Plugin) {
      problems_.add(value.where, inside,
                    "expected no default, or a list of scalars for a list; got " + describe(value));
      return;
    }
    spec.default_value = scalar_default(value, inside, spec);
  }

  std::optional<std::string> scalar_default(const Value& value, const std::string& path, const OptionSpec& spec) {
    if (value.kind == Value::Kind::Scalar && !is_container(spec.type)) {
      auto text = canonical(spec, value.text, value.is_quoted);
      if (text.ok()) return *std::move(text);
    }
    problems_.add(value.where, path, "expected " + expected(spec) + ", got " + describe(value));
    return std::nullopt;
  }

  SchemaOwner owner_;
  Problems& problems_;
};

}  // namespace

std::string_view to_text(OptionType type) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.second == type; })->first;
}

const OptionSpec* OptionSpec::find(std::string_view option) const {
  const auto it = std::find_if(options.begin(), options.end(), [&](const OptionSpec& o) { return o.name == option; });
  return it == options.end() ? nullptr : &*it;
}

OptionSpec read_schema(const Value& options, const std::string& path, SchemaOwner owner, Problems& problems) {
  OptionSpec object;
  object.type = OptionType::Object;
  object.where = options.where;
  Reader(owner, problems).read_options(options, path, object);
  return object;
}

}  // namespace reprise::config
