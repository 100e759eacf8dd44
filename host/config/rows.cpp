#include "host/config/rows.hpp"

#include <algorithm>
#include <set>

#include "host/base/text.hpp"
#include "host/config/json.hpp"
#include "host/config/scalar.hpp"
#include "host/config/table_file.hpp"

namespace reprise::config {
namespace {

// Is the plugin's option given: a value, or a list that is not empty?
bool is_given(const PluginUse& use, const std::string& option) {
  const std::string* count = find(use, option + ".count");
  return count != nullptr ? *count != "0" : find(use, option) != nullptr;
}

// Decides what depends on the plugin's options. Returns the decisions, which tell rules of one plugin apart.
std::string decide(OptionSpec& spec, const PluginUse& use) {
  std::string decisions;
  const auto note = [&](bool is_so) { decisions += is_so ? '1' : '0'; };
  if (!spec.http_option.empty()) {
    const std::string* allows = find(use, spec.http_option);
    note(spec.allows_http = allows != nullptr && *allows == "true");
  }
  if (!spec.goes_with.empty()) {
    note(spec.is_required = is_given(use, spec.goes_with));
    if (!spec.is_required) {
      spec.refusal = "would not be used, because " + use.path + " has no " + quoted(spec.goes_with) +
                     "; give it that option, or leave this away";
    }
  }
  for (OptionSpec& inner : spec.options) decisions += decide(inner, use);
  return decisions;
}

class RuleCollector {
 public:
  explicit RuleCollector(const ManifestLookup& manifests) : manifests_(manifests) {}

  void add(const PluginUse& use) {
    std::vector<std::string> known;
    if (const Manifest* manifest = manifests_(use.plugin, &known)) add(manifest->options, "", use);
  }
  std::map<std::string, std::vector<OptionSpec>> take() { return std::move(rules_); }

 private:
  void add(const OptionSpec& object, const std::string& prefix, const PluginUse& use) {
    for (const OptionSpec& option : object.options) {
      if (option.type == OptionType::Object) add(option, prefix + option.name + ".", use);
      if (option.type != OptionType::Table || option.options.empty()) continue;
      const std::string* table = find(use, prefix + option.name);
      if (table == nullptr) continue;
      OptionSpec rule = option;
      rule.type = OptionType::Object;
      const std::string decisions = decide(rule, use);
      if (seen_.insert({*table, use.plugin, prefix + option.name, decisions}).second)
        rules_[*table].push_back(std::move(rule));
    }
  }

  const ManifestLookup& manifests_;
  std::map<std::string, std::vector<OptionSpec>> rules_;
  std::set<std::vector<std::string>> seen_;
};

// Brings value into the form that spec asks for: a text is a text, whatever it looks like, and a secret is what its reference stands for.
void settle_texts(Value& value, const OptionSpec& spec, const std::string& path, RowSecrets secrets,
                  CheckContext& context) {
  if (value.kind == Value::Kind::Map && spec.type == OptionType::Object) {
    std::erase_if(value.members, [&](const Value::Member& member) {
      const OptionSpec* option = spec.find(member.key);
      return member.value.kind == Value::Kind::Null && option != nullptr && !option->is_required;
    });
  }
  for (auto& member : value.members) {
    const OptionSpec* inner = spec.type == OptionType::Map      ? &spec.options.front()
                              : spec.type == OptionType::Object ? spec.find(member.key)
                                                                : nullptr;
    if (inner != nullptr) settle_texts(member.value, *inner, path + "." + member.key, secrets, context);
  }
  if (spec.type == OptionType::List) {
    if (value.kind == Value::Kind::Scalar) settle_texts(value, spec.options.front(), path, secrets, context);
    for (auto& item : value.items) settle_texts(item, spec.options.front(), path, secrets, context);
  }
  if (value.kind != Value::Kind::Scalar || is_container(spec.type)) return;
  if (spec.is_secret && secrets == RowSecrets::References) {
    auto resolved = resolve(value.text, context.secrets);
    if (!resolved.ok()) return context.problems.add(value.where, path, resolved.error().message);
    if (!resolved->has_reference && !value.text.empty()) context.literal_secrets.add(value.where, path);
    value.text = std::move(resolved->text);
  }
  const bool is_number =
      spec.type == OptionType::Int || spec.type == OptionType::Float || spec.type == OptionType::Bool;
  value.is_quoted = value.is_quoted || !is_number;
}

}  // namespace

std::map<std::string, std::vector<OptionSpec>> row_rules(const std::vector<ConnectorConfig>& connectors,
                                                         const ManifestLookup& manifests) {
  RuleCollector collector(manifests);
  for (const ConnectorConfig& connector : connectors) {
    collector.add(connector.source);
    for (const PluginUse& transform : connector.transforms) collector.add(transform);
    collector.add(connector.sink);
    if (connector.errors.dead_letter) collector.add(*connector.errors.dead_letter);
  }
  return collector.take();
}

std::optional<std::string> read_row(Value row, const std::vector<OptionSpec>& rules, const std::string& path,
                                    RowSecrets secrets, CheckContext& context) {
  const std::size_t before = context.problems.size();
  for (const OptionSpec& rule : rules) {
    settle_texts(row, rule, path, secrets, context);
    if (context.problems.size() == before) check_literally(row, rule, path, context);
    if (context.problems.size() != before) return std::nullopt;
    secrets = RowSecrets::Literal;  // what came in is not looked at again
  }
  return to_json(row);
}

void read_rows(const Value* section, std::map<std::string, TableConfig>& tables, CheckContext& context) {
  if (section == nullptr) return;
  for (const auto& entry : section->members) {
    TableConfig& table = tables[entry.key];
    if (table.file) {
      if (!table.file->key.empty()) read_table_file(table, context);  // else that has been told
      continue;
    }
    for (const auto& row : entry.value.members) {
      const std::string path = "tables." + entry.key + "." + row.key;
      if (row.value.kind == Value::Kind::Null) {
        context.problems.add(row.where, path, "has no value");
      } else if (row.value.kind != Value::Kind::Map) {
        context.problems.add(row.value.where, path, "expected a mapping, got " + describe(row.value));
      } else if (auto json = read_row(row.value, table.rules, path, RowSecrets::References, context)) {
        table.rows.push_back({row.key, *std::move(json)});
      }
    }
  }
}

}  // namespace reprise::config
