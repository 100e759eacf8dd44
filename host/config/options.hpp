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
  bool is_secret = false;  ///< a secret by the schema, or made from a reference: never shown
  bool is_hot = false;     ///< a change of it needs no new instance
  Location where;          ///< of the value; of the plugin's use for a default
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

/// A plugin's refusal as a problem at the option's place. An option that is not there ("endpoint" of "endpoint.url") is placed at
/// its nearest neighbour; empty stands for the plugin as a whole.
Problem refusal(const PluginUse& use, std::string_view option, std::string_view message);

/// "by=value retention=432000000 secret=******", for people and logs.
std::string masked(std::span<const Option> options);

/// What is shown instead of a secret.
constexpr std::string_view kMask = "******";

}  // namespace reprise::config
