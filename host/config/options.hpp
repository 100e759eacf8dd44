#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/problem.hpp"

namespace reprise::config {

/// One option as a plugin gets it: flat and canonical. Names: "retention", "endpoint.url", "signing.0.scheme", and "signing.count"
/// for each list. Values: ms for durations, bytes for sizes, true or false. Defaults are filled in.
struct Option {
  std::string name, value;
  bool is_secret = false;      ///< a secret by the schema, made from a reference, or a private key: never shown
  bool is_hot = false;         ///< a change of it needs no new instance
  Location where;              ///< of the value; of the plugin's use for a default
  std::string reference = {};  ///< what stands in the file, if that holds a reference
  bool is_public = false;      ///< once checked it is a number, a name or an address that logs and metrics show anyway
};

/// A plugin with its options, as the configuration uses it.
struct PluginUse {
  std::string plugin;           ///< its id
  std::vector<Option> options;  ///< sorted by name
  std::string path;             ///< "connectors.live-delivery.sink"
  Location where;
};

/// The option's value; nullptr if it is not set and has no default.
const std::string* find(const PluginUse& use, std::string_view option);

/// The option's value for a message of ours: quoted and cut; where it came from instead, if it must not be shown.
std::string shown(const Option& option, std::size_t max_bytes = 64);

/// A plugin's refusal as a problem at the option's place, with the values of secret options covered. An option that is not there ("endpoint" of "endpoint.url") is placed at
/// its nearest neighbour; empty stands for the plugin as a whole.
Problem refusal(const PluginUse& use, std::string_view option, std::string_view message);

/// "by=value retention=432000000 secret=******", for people and logs.
std::string masked(std::span<const Option> options);

/// What is shown instead of a secret.
constexpr std::string_view kMask = "******";

}  // namespace reprise::config
