#include "host/config/options.hpp"

#include <algorithm>

#include "host/base/text.hpp"
#include "host/config/mask.hpp"

namespace reprise::config {
namespace {

// How many leading parts ("a.b.c") both names share.
std::size_t shared_parts(std::string_view a, std::string_view b) {
  const auto left = split(a, '.');
  const auto right = split(b, '.');
  const auto end = std::mismatch(
      left.begin(), left.begin() + static_cast<std::ptrdiff_t>(std::min(left.size(), right.size())), right.begin());
  return static_cast<std::size_t>(end.first - left.begin());
}

}  // namespace

const std::string* find(const PluginUse& use, std::string_view option) {
  const auto it = std::lower_bound(use.options.begin(), use.options.end(), option,
                                   [](const Option& o, std::string_view name) { return o.name < name; });
  return it != use.options.end() && it->name == option ? &it->value : nullptr;
}

std::string shown(const Option& option, std::size_t max_bytes) {
  if (!option.reference.empty()) return "the value of " + quoted(option.reference, 128);
  return option.is_secret ? std::string(kMask) : quoted(option.value, max_bytes);
}

Problem refusal(const PluginUse& use, std::string_view option, std::string_view message) {
  Problem problem{use.where, use.path, Mask(use.options).cover(message)};
  if (option.empty()) return problem;
  problem.path += "." + std::string(option);
  std::size_t best = 0;
  for (const auto& candidate : use.options) {
    const std::size_t shared = candidate.name == option ? SIZE_MAX : shared_parts(candidate.name, option);
    if (shared <= best) continue;
    best = shared;
    problem.where = candidate.where;
  }
  return problem;
}

std::string masked(std::span<const Option> options) {
  std::string text;
  for (const auto& option : options) {
    if (!text.empty()) text += ' ';
    const bool is_plain = !option.value.empty() && option.value.find_first_of(" \"\\=") == std::string::npos &&
                          quoted(option.value, SIZE_MAX).size() == option.value.size() + 2;
    text += option.name + "=";
    text += option.is_secret ? std::string(kMask) : is_plain ? option.value : quoted(option.value);
  }
  return text;
}

}  // namespace reprise::config
