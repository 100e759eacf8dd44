#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "host/base/result.hpp"
#include "host/config/config.hpp"
#include "host/config/problem.hpp"
#include "host/runtime/services.hpp"

namespace reprise::runtime {

/// What the plugins of these connectors have against their options: each is created once, as its task would do it, and dropped
/// again. So a person sees before anything runs what only a plugin's own code can judge. A plugin that cannot be loaded, or fails
/// without naming an option, is left to its connector, which then fails alone. Takes as long as create does. [control]
std::vector<config::Problem> judge_plugins(std::span<const config::ConnectorConfig> connectors, Services& services);

/// What create of the instance of this name said, as a problem at the option's place. REQUIRES: it names an option.
config::Problem refusal(const config::PluginUse& use, std::string_view instance, const Error& error);

}  // namespace reprise::runtime
