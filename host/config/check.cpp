#include "host/config/check.hpp"

#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "host/base/text.hpp"
#include "host/config/mask.hpp"
#include "host/config/scalar.hpp"

namespace reprise::config {
namespace {

std::vector<std::string_view> names_of(const OptionSpec& object) {
  std::vector<std::string_view> names;
  for (const auto& option : object.options) names.push_back(option.name);
  return names;
}

// Not so numbers, words out of a list, and names that stand elsewhere in the files or are shown everywhere.
bool may_hold_secret(OptionType type) {
  return type == OptionType::String || type == OptionType::Pem || type == OptionType::Url || type == OptionType::Base64;
}

// One walk over the values and the schema together.
class Checker {
 public:
  Checker(CheckContext& context, std::string path, bool is_literal)
      : context_(context), root_(std::move(path)), is_literal_(is_literal) {}

  void object(const Value& map, const OptionSpec& spec, const std::string& name) {
    if (map.kind != Value::Kind::Map) return wrong(map, spec, name);
    const Value nested = is_literal_ ? map : nest_dotted_keys(map, spec, path_of(name), context_.problems);
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

  // reference: what stands in the file, if that holds one.
  Option& emit(const OptionSpec& spec, const std::string& name, std::string text, const Location& where,
               std::string reference = {}) {
    const bool is_secret = spec.is_secret || !reference.empty() || holds_private_key(text);
    const bool is_public = !spec.is_secret && (spec.is_public || !may_hold_secret(spec.type));
    return options_.emplace_back(
        Option{name, std::move(text), is_secret, spec.is_hot, where, std::move(reference), is_public});
  }

  void emit_count(const OptionSpec& spec, const std::string& list, std::size_t count, const Location& where) {
    emit(spec, list + ".count", std::to_string(count), where).is_secret = false;
  }

  void value(const Value& given, const OptionSpec& spec, const std::string& name) {
    if (!spec.refusal.empty()) return context_.problems.add(given.where, path_of(name), spec.refusal);
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
    if (spec.is_single && given.kind == Value::Kind::Scalar) return value(given, spec.options.front(), name);
    if (given.kind != Value::Kind::List) {
      const bool hides = spec.is_secret && given.kind == Value::Kind::Scalar;
      const std::string hint = given.kind == Value::Kind::Scalar
                                   ? "; write [" + (spec.is_secret ? std::string("...") : given.text) + "]"
                                   : "";
      context_.problems.add(given.where, path_of(name),
                            "expected a list, got " + (hides ? "a single value" : describe(given)) + hint);
      return;
    }
    if (!count_fits(given.items.size(), given, spec, name)) return;
    for (std::size_t i = 0; i < given.items.size(); ++i) {
      const std::size_t before = options_.size();
      value(given.items[i], spec.options.front(), join(name, std::to_string(i)));
      if (spec.is_unique && options_.size() > before) check_unique(options_.back(), name);
    }
    emit_count(spec, name, given.items.size(), given.where);
  }

  // newest is the last element of the list so far.
  void check_unique(const Option& newest, const std::string& list) {
    const auto same = std::find_if(options_.begin(), options_.end() - 1, [&](const Option& earlier) {
      return earlier.value == newest.value && earlier.name.starts_with(list + ".");
    });
    if (same != options_.end() - 1)
      context_.problems.add(newest.where, path_of(newest.name), "is there twice, first at " + format(same->where));
  }

  void map(const Value& given, const OptionSpec& spec, const std::string& name) {
    if (given.kind != Value::Kind::Map) return wrong(given, spec, name);
    if (!count_fits(given.members.size(), given, spec, name)) return;
    for (const auto& member : given.members) {
      const auto is_same = [&](const std::string& key) { return ::strcasecmp(key.c_str(), member.key.c_str()) == 0; };
      if (std::any_of(spec.reserved.begin(), spec.reserved.end(), is_same)) {
        context_.problems.add(member.where, path_of(name),
                              quoted(member.key, 64) + " is not yours to set; leave it out");
        continue;
      }
      value(member.value, spec.options.front(), join(name, member.key));
    }
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
    const Result<Resolved> resolved =
        is_literal_ ? Resolved{.text = given.text} : resolve(given.text, context_.secrets);
    if (!resolved.ok()) {
      context_.problems.add(given.where, path_of(name), resolved.error().message);
      return;
    }
    const bool has_reference = resolved->has_reference;
    // What comes from outside has no quotes of its own; those around a reference only carry its braces.
    const auto text = canonical(spec, resolved->text, given.is_quoted && !has_reference);
    if (!text.ok()) {
      const std::string got = has_reference    ? ", got the value of " + quoted(given.text, 128)
                              : spec.is_secret ? ""
                                               : ", got " + describe(given);
      context_.problems.add(given.where, path_of(name),
                            (has_reference ? "expected " + expected(spec) : text.error().message) + got);
      return;
    }
    const Option option = emit(spec, name, *text, given.where, has_reference ? given.text : std::string());
    if (option.is_secret && !has_reference && !is_literal_ && !option.value.empty())
      context_.literal_secrets.add(given.where, path_of(name));
    if (spec.type == OptionType::Pem) refer_to_pem(option, spec);
    if (spec.type == OptionType::Table) refer_to_table(option);
    if (spec.type == OptionType::Cluster) refer_to_cluster(option);
  }

  // No path looks like a PEM text; empty is not set.
  void refer_to_pem(const Option& option, const OptionSpec& spec) {
    if (option.value.empty() || option.value.find("-----BEGIN ") != std::string::npos) return;
    std::error_code error;
    const bool is_file = std::filesystem::is_regular_file(option.value, error);
    if (!is_file || ::access(option.value.c_str(), R_OK) != 0)
      context_.problems.add(option.where, path_of(option.name),
                            "expected " + expected(spec) + ", got " + shown(option));
  }

  void refer_to_table(const Option& option) {
    if (context_.tables == nullptr) return;
    const std::vector<std::string_view> known(context_.tables->begin(), context_.tables->end());
    if (std::find(known.begin(), known.end(), option.value) == known.end())
      unknown_name(option, "table", "tables", known);
  }

  void refer_to_cluster(const Option& option) {
    if (context_.clusters == nullptr) return;
    const auto it = context_.clusters->find(option.value);
    if (it == context_.clusters->end()) {
      std::vector<std::string_view> known;
      for (const auto& [id, options] : *context_.clusters) known.push_back(id);
      return unknown_name(option, "cluster", "kafka", known);
    }
    for (Option inherited : it->second) {
      inherited.name = option.name + "." + inherited.name;
      inherited.is_hot = option.is_hot;
      options_.push_back(std::move(inherited));
    }
  }

  void unknown_name(const Option& option, const std::string& what, const std::string& section,
                    const std::vector<std::string_view>& known) {
    const bool is_shown = option.reference.empty();
    const std::string name =
        is_shown ? " " + shown(option) : " of the name that " + quoted(option.reference, 128) + " gives";
    context_.problems.add(
        option.where, path_of(option.name),
        "there is no " + what + name + " under " + section + ":" + (is_shown ? suggestion(option.value, known) : ""));
  }

  void defaults(const OptionSpec& spec, const std::string& name, const Location& where) {
    if (spec.type == OptionType::Object) {
      // What is required is required only of an object that is there; defaults hold without it.
      for (const auto& option : spec.options) defaults(option, join(name, option.name), where);
    } else if (spec.type == OptionType::List) {
      for (std::size_t i = 0; i < spec.default_items.size(); ++i)
        emit(spec, join(name, std::to_string(i)), spec.default_items[i], where);
      emit_count(spec, name, spec.default_items.size(), where);
    } else if (spec.default_value) {
      emit(spec, name, *spec.default_value, where);
    }
  }

  CheckContext& context_;
  std::string root_;
  const bool is_literal_;  // neither dots nor references mean anything
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
  Checker checker(context, path, false);
  checker.object(map, object, "");
  return checker.take();
}

void check_literally(const Value& map, const OptionSpec& object, const std::string& path, CheckContext& context) {
  Checker(context, path, true).object(map, object, "");
}

void check_client_options(const std::vector<Option>& options, const std::string& path, CheckContext& context) {
  if (!context.client_rule) return;
  constexpr std::string_view kClient = "client.";
  for (const Option& option : options) {
    if (!option.name.starts_with(kClient)) continue;
    const std::string why = context.client_rule(option.name.substr(kClient.size()), option.value);
    if (why.empty()) continue;
    context.problems.add(option.where, path + "." + option.name, Mask(options).cover(why));
  }
}

}  // namespace reprise::config
