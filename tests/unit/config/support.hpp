#pragma once
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/load.hpp"
#include "host/config/manifest.hpp"
#include "host/config/problem.hpp"
#include "host/config/secrets.hpp"

namespace reprise::config::test {

/// References without a process around them: environment by name, files by "path:key".
class FakeSecrets final : public SecretSource {
 public:
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> files;

  Result<std::string> from_environment(const std::string& name) override {
    const auto it = environment.find(name);
    if (it == environment.end()) return fatal("test", "environment variable " + name + " is not set");
    return it->second;
  }
  Result<std::string> from_file(const std::filesystem::path& file, std::string_view key) override {
    const auto it = files.find(file.string() + ":" + std::string(key));
    if (it == files.end()) return fatal("test", "no such file or key");
    return it->second;
  }
};

/// Plugins with one option of every type.
inline const std::map<std::string, Manifest>& test_manifests() {
  static const std::map<std::string, Manifest> manifests = [] {
    std::map<std::string, Manifest> all;
    const auto add = [&](std::string_view yaml) {
      Manifest manifest = parse_manifest(yaml, "plugin.yaml");
      all.emplace(manifest.id, std::move(manifest));
    };
    add(R"(
id: source-test
version: 0.1.0
kind: source
options:
  cluster: {type: cluster}
  topics:  {type: list, of: string, max: 3}
  start:   {type: string, default: latest}
)");
    add(R"(
id: change
version: 0.1.0
kind: transform
options:
  text:      {type: string}
  flag:      {type: bool, default: false}
  number:    {type: int, default: 7, min: 1, max: 65535}
  ratio:     {type: float, default: 0.5, min: 0, max: 1}
  retention: {type: duration, default: 5d, min: 1m, max: 365d}
  max_bytes: {type: size, default: 256MiB, min: 1MiB}
  scope:     {type: enum, values: [partition, key, job], default: partition}
  fields:    {type: map, of: string}
  nested:
    type: object
    options:
      inner: {type: string, default: deep}
      must:  {type: int, required: true}
  codes: {type: list, of: {type: int, min: 100, max: 599}, default: [200, 201]}
)");
    add(R"(
id: sink-test
version: 0.1.0
kind: sink
options:
  url:     {type: string, required: true, hot: true}
  secret:  {type: string, secret: true, hot: true}
  table:
    type: table
    rows:
      text:   {type: string}
      secret: {type: string, secret: true}
      limit:  {type: int}
      tags:   {type: list, of: string, single: true}
      pin:    {type: int, goes_with: signing}
  signing:
    type: list
    of:
      type: object
      options:
        scheme: {type: enum, values: [v1, v2], required: true}
        pin:    {type: int, secret: true, min: 1, max: 9999}
)");
    return all;
  }();
  return manifests;
}

inline ManifestLookup test_lookup() {
  return [](std::string_view id, std::vector<std::string>* known) -> const Manifest* {
    const auto it = test_manifests().find(std::string(id));
    if (it != test_manifests().end()) return &it->second;
    for (const auto& [name, manifest] : test_manifests()) known->push_back(name);
    return nullptr;
  };
}

/// The configuration in one text, named a.yaml. Throws ConfigError.
inline Config load_text(std::string_view yaml, SecretSource& secrets) {
  const Document documents[] = {{"a.yaml", std::string(yaml)}};
  return load(documents, test_lookup(), secrets);
}

inline Config load_text(std::string_view yaml) {
  FakeSecrets secrets;
  return load_text(yaml, secrets);
}

/// What is wrong with the text; empty if nothing is.
template <class Call>
std::string problems_of_call(const Call& call) {
  try {
    call();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

inline std::string problems_of(std::string_view yaml, SecretSource& secrets) {
  return problems_of_call([&] { load_text(yaml, secrets); });
}

inline std::string problems_of(std::string_view yaml) {
  FakeSecrets secrets;
  return problems_of(yaml, secrets);
}

/// A connector whose transform is change with these options: "{number: 8}".
inline std::string with_change(std::string_view options) {
  std::string body(options.substr(1));
  return "connectors:\n  c:\n    source: {plugin: source-test}\n    transforms:\n      - {plugin: change" +
         std::string(body == "}" ? "" : ", ") + body + "\n    sink: {plugin: sink-test, url: u}\n";
}

/// The value of a transform's option, "(none)" if it is not there.
inline std::string change_option(const Config& config, std::string_view name) {
  const std::string* value = find(config.connectors.at(0).transforms.at(0), name);
  return value == nullptr ? "(none)" : *value;
}

}  // namespace reprise::config::test
