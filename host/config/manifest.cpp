#include "host/config/manifest.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "host/base/text.hpp"
#include "host/config/scalar.hpp"
#include "host/config/spec.hpp"
#include "host/config/yaml.hpp"

namespace reprise::config {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"source", "transform", "sink", "jobstore"};
constexpr std::array<std::string_view, 7> kKeys{"id", "version", "kind", "license", "summary", "data_dir", "options"};

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > 64 || text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

// Semantic Versioning's three numbers, with whatever follows - or +.
bool is_version(std::string_view text) {
  const auto numbers = split(text.substr(0, text.find_first_of("-+")), '.');
  return numbers.size() == 3 &&
         std::all_of(numbers.begin(), numbers.end(), [](std::string_view n) { return is_integer(n) && n[0] != '-'; });
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const auto near = nearest(word, known);
  return near.empty() ? "" : " (did you mean " + quoted(near) + "?)";
}

// A top-level text; empty with a problem if it is missing or something else.
std::string read_text(const Value& root, std::string_view key, bool is_required, Problems& problems) {
  const Value* value = root.find(key);
  if (value == nullptr) {
    if (is_required) problems.add(root.where, std::string(key), "is missing");
    return {};
  }
  if (value->kind == Value::Kind::Scalar && !value->text.empty()) return value->text;
  problems.add(value->where, std::string(key), "expected a text, got " + describe(*value));
  return {};
}

}  // namespace

std::string_view to_text(PluginKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

Manifest parse_manifest(std::string_view yaml, std::string_view origin) {
  const Value root = parse_yaml(yaml, origin);
  Problems problems;
  if (root.kind != Value::Kind::Map) {
    problems.add(root.where, "", "expected a mapping with id, version, kind and options, got " + describe(root));
    problems.throw_if_any();
  }
  for (const auto& member : root.members) {
    if (std::find(kKeys.begin(), kKeys.end(), member.key) == kKeys.end()) {
      problems.add(member.where, "", "unknown key " + quoted(member.key, 64) + suggestion(member.key, kKeys));
    }
  }

  Manifest manifest;
  manifest.origin = origin;
  manifest.id = read_text(root, "id", true, problems);
  manifest.version = read_text(root, "version", true, problems);
  manifest.license = read_text(root, "license", false, problems);
  manifest.summary = read_text(root, "summary", false, problems);
  if (const Value* id = root.find("id"); id != nullptr && !manifest.id.empty() && !is_id(manifest.id)) {
    problems.add(id->where, "id",
                 "expected up to 64 of a-z, 0-9, - and _, beginning with a letter; got " + describe(*id));
  }
  if (const Value* version = root.find("version");
      version != nullptr && !manifest.version.empty() && !is_version(manifest.version)) {
    problems.add(version->where, "version", "expected three numbers such as 0.1.0, got " + describe(*version));
  }
  const std::string kind = read_text(root, "kind", true, problems);
  const auto known = std::find(kKinds.begin(), kKinds.end(), kind);
  if (known != kKinds.end()) {
    manifest.kind = static_cast<PluginKind>(known - kKinds.begin());
  } else if (!kind.empty()) {
    problems.add(root.find("kind")->where, "kind",
                 "expected source, transform, sink or jobstore, got " + quoted(kind, 64) + suggestion(kind, kKinds));
  }
  if (const Value* data_dir = root.find("data_dir")) {
    manifest.has_data_dir = data_dir->text == "true";
    if (data_dir->is_quoted || (data_dir->text != "true" && data_dir->text != "false")) {
      problems.add(data_dir->where, "data_dir", "expected true or false, got " + describe(*data_dir));
    }
  }
  manifest.options.type = OptionType::Object;
  const Value* options = root.find("options");
  const bool has_options = options != nullptr && options->kind != Value::Kind::Null;
  if (has_options) manifest.options = read_schema(*options, "options", SchemaOwner::Plugin, problems);
  problems.throw_if_any();
  return manifest;
}

}  // namespace reprise::config
