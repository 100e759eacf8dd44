#include "host/config/connector.hpp"

#include <algorithm>

#include "host/base/text.hpp"
#include "host/base/units.hpp"
#include "host/config/fingerprint.hpp"
#include "host/config/schema.hpp"
#include "host/config/sections.hpp"

namespace reprise::config {
namespace {

bool connects_to_kafka(const OptionSpec& options) {
  return std::any_of(options.options.begin(), options.options.end(),
                     [](const OptionSpec& o) { return o.type == OptionType::Cluster; });
}

// Every plugin that connects to Kafka takes librdkafka's harmless options.
OptionSpec with_client_options(const OptionSpec& options) {
  if (!connects_to_kafka(options) || options.find("client") != nullptr) return options;
  OptionSpec out = options;
  OptionSpec client = *cluster_schema().find("client");
  out.options.push_back(std::move(client));
  return out;
}

class ConnectorReader {
 public:
  ConnectorReader(const ManifestLookup& manifests, CheckContext& context) : manifests_(manifests), context_(context) {}

  ConnectorConfig read(const Value::Member& entry) {
    const std::string path = "connectors." + entry.key;
    ConnectorConfig connector;
    connector.name = entry.key;
    connector.where = entry.where;
    const auto options = check_options(entry.value, connector_schema(), path, context_);
    if (entry.value.kind != Value::Kind::Map) return connector;
    const Fields fields(options);
    read_fields(fields, path, connector);
    read_plugins(nest_dotted_keys(entry.value, connector_schema(), path, unreported_), path, connector);
    check_errors(fields, path, connector);
    connector.fingerprint = fingerprint(connector, true);
    connector.cold_fingerprint = fingerprint(connector, false);
    return connector;
  }

 private:
  void read_fields(const Fields& fields, const std::string& path, ConnectorConfig& connector) {
    std::string word;
    fields.read("mode", word);
    connector.mode = word == "replay" ? ConnectorConfig::Mode::Replay : ConnectorConfig::Mode::Live;
    fields.read("tasks_max", connector.tasks_max);
    fields.read("max_in_flight", connector.max_in_flight);
    fields.read("max_in_flight_bytes", connector.max_in_flight_bytes);
    fields.read("max_held_bytes", connector.max_held_bytes);
    fields.read("commit.max_outcomes", connector.commit_max_outcomes);
    fields.read("commit.interval", connector.commit_interval);
    fields.read("jobs_max", connector.jobs_max);
    fields.read("stall_after", connector.stall_after);
    fields.read("restart.initial", connector.restart.initial);
    fields.read("restart.multiplier", connector.restart.multiplier);
    fields.read("restart.max", connector.restart.max);
    fields.read("restart.attempts", connector.restart.attempts);
    const Option* isolation = fields.find("isolation");
    if (isolation != nullptr && isolation->value == "process") {
      context_.problems.add(isolation->where, path + ".isolation",
                            "process is not available in this version; leave isolation out");
    }

    ErrorPolicy& errors = connector.errors;
    fields.read("errors.tolerance", word = "");
    errors.tolerate_all = word == "all";
    RetryPolicy& retry = errors.retry;
    fields.read("errors.retry.initial", retry.initial);
    fields.read("errors.retry.multiplier", retry.multiplier);
    fields.read("errors.retry.max", retry.max);
    fields.read("errors.retry.jitter", word = "");
    retry.full_jitter = word != "none";
    fields.read("errors.retry.attempts", retry.attempts);
    if (fields.find("errors.retry.max_elapsed") != nullptr)
      fields.read("errors.retry.max_elapsed", retry.max_elapsed.emplace());
    fields.read("errors.endpoint.share", errors.endpoint_share);
    if (fields.find("errors.endpoint.max_records") != nullptr)
      fields.read("errors.endpoint.max_records", errors.endpoint_max_records.emplace());
    check_order(fields, path + ".errors.retry", "errors.retry.", retry.initial, retry.max);
    check_order(fields, path + ".restart", "restart.", connector.restart.initial, connector.restart.max);
  }

  void check_order(const Fields& fields, const std::string& path, const std::string& prefix, milliseconds initial,
                   milliseconds max) {
    const Option* option = fields.find(prefix + "max");
    if (option == nullptr || initial <= max) return;
    context_.problems.add(option->where, path,
                          "max " + format_duration(max) + " is below initial " + format_duration(initial));
  }

  void read_plugins(const Value& map, const std::string& path, ConnectorConfig& connector) {
    if (const Value* source = map.find("source"))
      connector.source = read_use(*source, PluginKind::Source, path + ".source");
    if (const Value* transforms = map.find("transforms")) {
      for (std::size_t i = 0; i < transforms->items.size(); ++i) {
        connector.transforms.push_back(
            read_use(transforms->items[i], PluginKind::Transform, path + ".transforms." + std::to_string(i)));
      }
    }
    if (const Value* sink = map.find("sink")) connector.sink = read_use(*sink, PluginKind::Sink, path + ".sink");
    const Value* errors = map.find("errors");
    if (errors == nullptr || errors->kind != Value::Kind::Map) return;
    const Value nested = nest_dotted_keys(*errors, *connector_schema().find("errors"), path + ".errors", unreported_);
    if (const Value* dead_letter = nested.find("dead_letter")) {
      connector.errors.dead_letter = read_use(*dead_letter, PluginKind::Sink, path + ".errors.dead_letter");
    }
  }

  PluginUse read_use(const Value& value, PluginKind kind, const std::string& path) {
    PluginUse use;
    use.path = path;
    use.where = value.where;
    if (value.kind != Value::Kind::Map) {
      context_.problems.add(value.where, path,
                            "expected a mapping such as {plugin: " + example(kind) + ", ...}, got " + describe(value));
      return use;
    }
    const Value* id = value.find("plugin");
    if (id == nullptr || id->kind != Value::Kind::Scalar || id->text.empty()) {
      context_.problems.add(value.where, path, "needs plugin: the id of a " + std::string(to_text(kind)) + " plugin");
      return use;
    }
    use.plugin = id->text;
    const Manifest* manifest = find_manifest(*id, path);
    if (manifest == nullptr) return use;
    if (manifest->kind != kind) {
      context_.problems.add(id->where, path + ".plugin",
                            quoted(use.plugin, 64) + " is a " + std::string(to_text(manifest->kind)) + ", not a " +
                                std::string(to_text(kind)));
      return use;
    }
    Value options = value;
    options.members.erase(std::find_if(options.members.begin(), options.members.end(),
                                       [](const Value::Member& m) { return m.key == "plugin"; }));
    use.options = check_options(options, with_client_options(manifest->options), path, context_);
    if (connects_to_kafka(manifest->options)) check_client_options(use.options, path, context_);
    return use;
  }

  const Manifest* find_manifest(const Value& id, const std::string& path) {
    std::vector<std::string> known;
    const Manifest* manifest = manifests_(id.text, &known);
    if (manifest != nullptr) return manifest;
    const std::vector<std::string_view> names(known.begin(), known.end());
    const std::string hint =
        known.empty() ? "; no plugin was found, see worker.plugin_path" : suggestion(id.text, names);
    context_.problems.add(id.where, path + ".plugin", "there is no plugin " + quoted(id.text, 64) + hint);
    return nullptr;
  }

  static std::string example(PluginKind kind) {
    return kind == PluginKind::Source ? "source-kafka" : kind == PluginKind::Transform ? "dedup" : "sink-webhook";
  }

  // Nothing is dropped silently: whoever goes on after a failed record says where it goes.
  void check_errors(const Fields& fields, const std::string& path, ConnectorConfig& connector) {
    ErrorPolicy& errors = connector.errors;
    const bool has_dead_letter = errors.dead_letter.has_value();
    if (errors.tolerate_all && !has_dead_letter) {
      context_.problems.add(fields.find("errors.tolerance")->where, path + ".errors",
                            "tolerance: all needs dead_letter, a sink for the records that fail");
    }
    const Option* overflow = fields.find("errors.endpoint.overflow");
    if (overflow == nullptr) {
      errors.endpoint_overflow = has_dead_letter ? ErrorPolicy::Overflow::DeadLetter : ErrorPolicy::Overflow::Block;
      return;
    }
    errors.endpoint_overflow =
        overflow->value == "block" ? ErrorPolicy::Overflow::Block : ErrorPolicy::Overflow::DeadLetter;
    if (overflow->value == "dead_letter" && !has_dead_letter) {
      context_.problems.add(overflow->where, path + ".errors.endpoint.overflow",
                            "dead_letter needs errors.dead_letter, a sink for such records");
    }
  }

  const ManifestLookup& manifests_;
  CheckContext& context_;
  Problems unreported_;  // of dotted keys: check_options has reported them
};

}  // namespace

std::vector<ConnectorConfig> read_connectors(const Value* section, const ManifestLookup& manifests,
                                             CheckContext& context) {
  std::vector<ConnectorConfig> connectors;
  if (section == nullptr) return connectors;
  for (const auto& entry : section->members) {
    check_name(entry, "connectors", context.problems);
    connectors.push_back(ConnectorReader(manifests, context).read(entry));
  }
  return connectors;
}

}  // namespace reprise::config
