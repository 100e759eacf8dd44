#include "host/config/check.hpp"

#include <algorithm>
#include <optional>

#include "host/base/text.hpp"
#include "host/config/scalar.hpp"

namespace reprise::config {
namespace {

std::vector<std::string_view> names_of(const OptionSpec& object) {
  std::vector<std::string_view> names;
  for (const auto& option : object.options) names.push_back(option.name);
  return names;
}

// One walk over the values and the schema together.
class Checker {
 public:
  Checker(CheckContext& context, std::string path) : context_(context), root_(std::move(path)) {}

  void object(const Value& map, const OptionSpec& spec, const std::string& name) {
    if (map.kind != Value::Kind::Map) return wrong(map, spec, name);
    const Value nested = nest_dotted_keys(map, spec, path_of(name), context_.problems);
    for (const auto& member : nested.members) {
      if (spec.find(member.key) == nullptr) {
        context_.problems.add(member.where, path_of(name),
                              "unknown option " + quoted(member.key, 64) + suggestion(member.key, names_of(spec)));
      }
    }
    for (const auto& option : spec.options) {
      const Value* given = nested.find(option.name);
      const std::string inside = join(name, option.name);
      if (given != nullptr) {
        value(*given, option, inside);
      } else if (option.is_required) {
        context_.problems.add(map.where, path_of(name),
                              "needs the option " + quoted(option.name) + ": " + expected(option));
      } else {
        defaults(option, inside, map.where);
      }
    }
  }

  std::vector<Option> take() {
    std::sort(options_.begin(), options_.end(), [](const Option& a, const Option& b) { return a.name < b.name; });
    return std::move(options_);
  }

 private:
  static std::string join(const std::string& name, const std::string& inside) {
    return name.empty() ? inside : name + "." + inside;
  }
  std::string path_of(const std::string& name) const {
    return name.empty() ? root_ : root_.empty() ? name : root_ + "." + name;
  }

  void wrong(const Value& given, const OptionSpec& spec, const std::string& name) {
    const bool hides = spec.is_secret && given.kind == Value::Kind::Scalar;
    context_.problems.add(given.where, path_of(name),
                          "expected " + expected(spec) + (hides ? "" : ", got " + describe(given)));
  }

  void emit(const OptionSpec& spec, const std::string& name, std::string text, bool is_secret, const Location& where) {
    options_.push_back({name, std::move(text), is_secret || spec.is_secret, spec.is_hot, where});
  }

  void value(const Value& given, const OptionSpec& spec, const std::string& name) {
    switch (spec.type) {
      case OptionType::Object:
        return object(given, spec, name);
      case OptionType::List:
        return list(given, spec, name);
      case OptionType::Map:
        return map(given, spec, name);
      case OptionType::Plugin:
        return;  // the caller's
      default:
        return scalar(given, spec, name);
    }
  }

  void list(const Value& given, const OptionSpec& spec, const std::string& name) {
    if (given.kind != Value::Kind::List) {
      const std::string hint = given.kind == Value::Kind::Scalar
                                   ? "; write [" + (spec.is_secret ? std::string("...") : given.text) + "]"
                                   : "";
      context_.problems.add(given.where, path_of(name),
                            "expected a list, got " + (spec.is_secret ? "a single value" : describe(given)) + hint);
      return;
    }
    if (!count_fits(given.items.size(), given, spec, name)) return;
    for (std::size_t i = 0; i < given.items.size(); ++i)
      value(given.items[i], spec.options.front(), join(name, std::to_string(i)));
    emit(spec, name + ".count", std::to_string(given.items.size()), false, given.where);
    options_.back().is_secret = false;
  }

  void map(const Value& given, const OptionSpec& spec, const std::string& name) {
    if (given.kind != Value::Kind::Map) return wrong(given, spec, name);
    if (!count_fits(given.members.size(), given, spec, name)) return;
    for (const auto& member : given.members) value(member.value, spec.options.front(), join(name, member.key));
  }

  bool count_fits(std::size_t count, const Value& given, const OptionSpec& spec, const std::string& name) {
    const auto signed_count = static_cast<std::int64_t>(count);
    if ((!spec.min || signed_count >= spec.min->integer) && (!spec.max || signed_count <= spec.max->integer))
      return true;
    const std::string bounds = spec.min && spec.max ? spec.min->text + " to " + spec.max->text
                               : spec.min           ? "at least " + spec.min->text
                                                    : "at most " + spec.max->text;
    context_.problems.add(given.where, path_of(name), "has " + std::to_string(count) + " elements, expected " + bounds);
    return false;
  }

  void scalar(const Value& given, const OptionSpec& spec, const std::string& name) {
    if (given.kind != Value::Kind::Scalar) return wrong(given, spec, name);
    const auto resolved = resolve(given.text, context_.secrets);
    if (!resolved.ok()) {
      context_.problems.add(given.where, path_of(name), resolved.error().message);
      return;
    }
    // What comes from outside has no quotes of its own; those around a reference only carry its braces.
    const auto text = canonical(spec, resolved->text, given.is_quoted && !resolved->has_reference);
    if (!text.ok()) {
      const std::string got = resolved->has_reference ? ", got the value of " + quoted(given.text, 128)
                              : spec.is_secret        ? ""
                                                      : ", got " + describe(given);
      context_.problems.add(given.where, path_of(name), text.error().message + got);
      return;
    }
    emit(spec, name, *text, resolved->has_reference, given.where);
    if (spec.type == OptionType::Table) refer_to_table(*text, given, name);
    if (spec.type == OptionType::Cluster) refer_to_cluster(*text, given, spec, name);
  }

  void refer_to_table(const std::string& table, const Value& given, const std::string& name) {
    if (context_.tables == nullptr) return;
    if (std::find(context_.tables->begin(), context_.tables->end(), table) != context_.tables->end()) return;
    const std::vector<std::string_view> known(context_.tables->begin(), context_.tables->end());
    context_.problems.add(given.where, path_of(name),
                          "there is no table " + quoted(table, 64) + " under tables:" + suggestion(table, known));
  }

  void refer_to_cluster(const std::string& cluster, const Value& given, const OptionSpec& spec,
                        const std::string& name) {
    if (context_.clusters == nullptr) return;
    const auto it = context_.clusters->find(cluster);
    if (it == context_.clusters->end()) {
      std::vector<std::string_view> known;
      for (const auto& [id, options] : *context_.clusters) known.push_back(id);
      context_.problems.add(
          given.where, path_of(name),
          "there is no cluster " + quoted(cluster, 64) + " under kafka:" + suggestion(cluster, known));
      return;
    }
    for (const auto& option : it->second)
      emit(spec, name + "." + option.name, option.value, option.is_secret, option.where);
  }

  void defaults(const OptionSpec& spec, const std::string& name, const Location& where) {
    if (spec.type == OptionType::Object) {
      // What is required is required only of an object that is there; defaults hold without it.
      for (const auto& option : spec.options) defaults(option, join(name, option.name), where);
    } else if (spec.type == OptionType::List) {
      for (std::size_t i = 0; i < spec.default_items.size(); ++i)
        emit(spec, join(name, std::to_string(i)), spec.default_items[i], false, where);
      emit(spec, name + ".count", std::to_string(spec.default_items.size()), false, where);
      options_.back().is_secret = false;
    } else if (spec.default_value) {
      emit(spec, name, *spec.default_value, false, where);
    }
  }

  CheckContext& context_;
  std::string root_;
  std::vector<Option> options_;
};

void add_member(Value& map, Value::Member member, const std::string& path, Problems& problems) {
  const auto same =
      std::find_if(map.members.begin(), map.members.end(), [&](const Value::Member& m) { return m.key == member.key; });
  if (same == map.members.end()) {
    map.members.push_back(std::move(member));
    return;
  }
  problems.add(member.where, path, "duplicate key " + quoted(member.key, 64) + ", first at " + format(same->where));
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const auto near = nearest(word, known);
  return near.empty() ? "" : " (did you mean " + quoted(near) + "?)";
}

Value nest_dotted_keys(const Value& map, const OptionSpec& object, const std::string& path, Problems& problems) {
  const auto is_dotted = [&](const Value::Member& m) { return m.key.find('.') != std::string::npos; };
  if (std::none_of(map.members.begin(), map.members.end(), is_dotted)) return map;
  Value out = Value::empty(Value::Kind::Map, map.where);
  for (const auto& member : map.members) {
    if (!is_dotted(member)) out.members.push_back(member);
  }
  for (const auto& member : map.members) {
    if (!is_dotted(member)) continue;
    std::string underscored = member.key;
    std::replace(underscored.begin(), underscored.end(), '.', '_');
    if (object.find(underscored) != nullptr) {
      add_member(out, {underscored, member.where, member.value}, path, problems);
      continue;
    }
    const auto dot = member.key.find('.');
    const std::string head = member.key.substr(0, dot);
    const OptionSpec* inner = object.find(head);
    const bool can_hold = inner != nullptr && (inner->type == OptionType::Object || inner->type == OptionType::Map ||
                                               inner->type == OptionType::Plugin);
    if (!can_hold) {
      out.members.push_back(member);  // reported as unknown, as it is written
      continue;
    }
    auto holder =
        std::find_if(out.members.begin(), out.members.end(), [&](const Value::Member& m) { return m.key == head; });
    if (holder == out.members.end()) {
      out.members.push_back({head, member.where, Value::empty(Value::Kind::Map, member.where)});
      holder = out.members.end() - 1;
    }
    add_member(holder->value, {member.key.substr(dot + 1), member.where, member.value}, path + "." + head, problems);
  }
  return out;
}

std::vector<Option> check_options(const Value& map, const OptionSpec& object, const std::string& path,
                                  CheckContext& context) {
  Checker checker(context, path);
  checker.object(map, object, "");
  return checker.take();
}

void check_client_options(const std::vector<Option>& options, const std::string& path, CheckContext& context) {
  if (!context.client_rule) return;
  constexpr std::string_view kClient = "client.";
  for (const Option& option : options) {
    if (!option.name.starts_with(kClient)) continue;
    std::string why = context.client_rule(option.name.substr(kClient.size()), option.value);
    if (why.empty()) continue;
    if (option.is_secret && why.find(option.value) != std::string::npos) why = "has a value that is not accepted";
    context.problems.add(option.where, path + "." + option.name, std::move(why));
  }
}

}  // namespace reprise::config
